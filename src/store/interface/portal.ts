/** Access of an application's users to its portal: bearer tokens, and the one-time links that make them. */
import type { Capability } from "../../core/portal/capabilities.ts";

export type PortalGrant = {
  readonly capabilities: readonly Capability[];
  /** Event types with feature flags are shown if they have one of these. */
  readonly featureFlags: readonly string[];
  /** Chosen by the operator, who can end all tokens with this id. */
  readonly sessionId: string | null;
};

export type PortalToken = PortalGrant & {
  readonly id: string;
  readonly appId: string;
  readonly secretHash: Uint8Array;
  readonly createdAt: number;
  readonly expiresAt: number;
};

/** Only the SHA-256 of a secret is stored. */
export type NewPortalSecret = { readonly id: string; readonly secretHash: Uint8Array };

export interface PortalStore {
  /**
   * Stores a token, and a link that makes further ones with the same rights and end. Beyond the application's
   * `portalSessions` the oldest tokens and links end. Refuses with `not_found` an unknown application.
   */
  grant(p: {
    appRef: string;
    grant: PortalGrant;
    token: NewPortalSecret;
    link: NewPortalSecret;
    /** When the link ends if it is not used. */
    linkExpiresAt: number;
    expiresAt: number;
    now: number;
  }): Promise<void>;
  /** The token with this hash that has not expired, of a live application; null otherwise. */
  findToken(p: { secretHash: Uint8Array; now: number }): Promise<PortalToken | null>;
  /** Whether `exchange` would make a token. */
  findLink(p: { secretHash: Uint8Array; now: number }): Promise<boolean>;
  /**
   * Makes a token of the link. From its first use on, a link lasts `reuseMs`, and it makes at most
   * `mostTokens`. False when it is unknown or has ended.
   */
  exchange(p: {
    secretHash: Uint8Array;
    token: NewPortalSecret;
    reuseMs: number;
    mostTokens: number;
    now: number;
  }): Promise<boolean>;
  /** Ends one token; false when it is unknown. */
  end(p: { secretHash: Uint8Array }): Promise<boolean>;
  /**
   * Ends all tokens of the application at `endsAt`, or those with one of the session ids. Their links end at
   * once. False when the application is unknown.
   */
  expireAll(p: {
    appRef: string;
    sessionIds: readonly string[] | null;
    endsAt: number;
  }): Promise<boolean>;
}
