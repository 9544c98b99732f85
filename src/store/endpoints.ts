/** Endpoints: one webhook each. Secrets and header values arrive here encrypted and leave encrypted. */
import type { OpenBreaker } from "../core/breaker.ts";
import type { EndpointMatch } from "../core/endpoint-match.ts";
import type { Dialect } from "../core/snapshot.ts";
import type { SignatureHeaders } from "../core/signature-headers.ts";
import type { EndpointHealth } from "../core/endpoint-health.ts";
import type { StatusNote } from "../core/operational-events.ts";
import type { TlsVersion } from "../core/tls-version.ts";
import type { Page, PageRequest } from "./page.ts";
import type { Idempotent, IdempotencyKey } from "./idempotency.ts";

export type EncryptedSecret = {
  readonly encrypted: Uint8Array;
  readonly createdAt: number;
  /** Null for the current secret; the end of the overlap for one that was rotated away. */
  readonly expiresAt: number | null;
};

export type AuthenticationStrategy =
  | "standard-v1"
  | "standard-v1a"
  | "literal-secret"
  | "static-headers";

export type Endpoint = EndpointMatch & {
  readonly appId: string;
  readonly uid: string | null;
  readonly url: string;
  readonly method: "POST" | "PUT" | "GET";
  readonly description: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly authentication: readonly AuthenticationStrategy[];
  /** Null is as the app has it. */
  readonly signatureHeaders: SignatureHeaders | null;
  /** Encrypted JSON object of custom headers; null when there are none. */
  readonly encryptedHeaders: Uint8Array | null;
  /** Names only, so that a list never opens an encrypt. */
  readonly headerNames: readonly string[];
  /** Current secret first, then those still inside their overlap. */
  readonly secrets: readonly EncryptedSecret[];
  readonly throttleRate: number | null;
  /** Null is the dialect's own. */
  readonly timeoutMs: number | null;
  /** Null is the server's setting; 1.0 and 1.1 are for receivers that know nothing newer. */
  readonly tlsMinVersion: TlsVersion | null;
  /** Encrypted JSON of its client certificate and private authorities; null when it has none. */
  readonly encryptedTls: Uint8Array | null;
  /** Encrypted JSON of its URL's user name and password; null when the URL has no user name. */
  readonly encryptedUserinfo: Uint8Array | null;
  /** Seconds between attempts, an override of the dialect's schedule; null is none. */
  readonly retrySchedule: readonly number[] | null;
  /** Reserved, nullable JSON text of a payload filter. */
  readonly filter: string | null;
  /** JSON text of what only the endpoint's dialect understands (Zipwhip webhookId, form of an entry…). */
  readonly dialectOptions: string | null;
  readonly disabledReason: "by_user" | "gone" | "failing" | null;
  /** 0–255, a hash of the id; stored, never recomputed. */
  readonly shard: number;
  /** Grows by one with every change. */
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
};

export type EndpointChange = Partial<
  Omit<
    Endpoint,
    "endpointId" | "appId" | "dialect" | "shard" | "version" | "createdAt" | "updatedAt" | "secrets"
  >
>;

export type EndpointStats = {
  readonly success: number;
  readonly pending: number;
  readonly sending: number;
  readonly fail: number;
  readonly canceled: number;
};

/** Finished attempts, whatever became of their deliveries. */
export type AttemptCounts = { readonly success: number; readonly fail: number };

/** The webhooks that some dialects change as one set: those of an app, or of one of its lines. */
export type EndpointSet = {
  readonly appRef: string;
  readonly dialect: Dialect;
  /** Only endpoints whose `lines` is exactly this number; null for all of the dialect in the app. */
  readonly line: string | null;
};

export type ReadSet = {
  readonly appId: string;
  /** Live ones, oldest first: up to 10,001, one more than a set may have. */
  readonly endpoints: readonly Endpoint[];
  /** What the dialect keeps for the app besides its endpoints, encrypted; null for nothing. */
  readonly state: Uint8Array | null;
  /** Changes with every change of the set or the state. */
  readonly token: string;
};

export type SetChange = {
  readonly create: readonly Endpoint[];
  readonly update: readonly {
    readonly endpointId: string;
    readonly change: EndpointChange;
    /** The only secret from now on, or none; absent leaves the secrets as they are. */
    readonly secret?: Uint8Array | null;
  }[];
  readonly remove: readonly string[];
  /** Absent leaves it as it is. */
  readonly state?: Uint8Array | null;
};

export interface EndpointStore {
  /** Null when the app is unknown; `conflict` when another live endpoint of the app has the uid. */
  create(p: {
    appRef: string;
    endpoint: Endpoint;
    idempotencyKey: IdempotencyKey | null;
  }): Promise<Idempotent<Endpoint> | null>;
  /** `ref` is an id or a uid within the app. Deleted endpoints are not found. */
  get(p: { appRef: string; ref: string }): Promise<Endpoint | null>;
  /** Null when the app is unknown. `dialect` null lists all. */
  list(
    p: PageRequest & { appRef: string; dialect: Dialect | null },
  ): Promise<Page<Endpoint> | null>;
  /**
   * Changes the given fields only and bumps the version; null when unknown. Disabling or pausing is
   * one row's change whatever the backlog; enabling makes parked deliveries due again, their 72 h
   * longer by the time they were parked. `status: "deleted"` deletes. With `version` it changes that
   * version only, and gives null for another. `operationalEvents` is what the operator's endpoints are told in
   * the same commit, if the status is another one after it.
   */
  update(p: {
    appRef: string;
    ref: string;
    change: EndpointChange;
    version?: number;
    operationalEvents?: StatusNote;
    now: number;
  }): Promise<Endpoint | null>;
  /**
   * The new secret becomes current, and `authentication` with it. Older ones end at `overlapUntil`,
   * or at their own end when that is sooner. Refuses with `limit_reached` as `checkRotation` does.
   */
  rotateSecret(p: {
    appRef: string;
    ref: string;
    encrypted: Uint8Array;
    authentication: readonly AuthenticationStrategy[];
    overlapUntil: number;
    now: number;
    idempotencyKey: IdempotencyKey | null;
  }): Promise<Idempotent<Endpoint> | null>;
  /** Null when the app is unknown. */
  readSet(p: EndpointSet): Promise<ReadSet | null>;
  /**
   * Everything or nothing, and only if the set is still as `token` says: null when it is not, for
   * the caller to read again. Gives the endpoints that were made, changed or deleted, as they are.
   */
  changeSet(
    p: EndpointSet & { token: string; change: SetChange; now: number },
  ): Promise<readonly Endpoint[] | null>;
  stats(p: {
    appRef: string;
    ref: string;
    since: number | null;
    until: number | null;
  }): Promise<EndpointStats | null>;
  /** Attempts made in that time; null when the endpoint is unknown. */
  attempts(p: {
    appRef: string;
    ref: string;
    since: number | null;
    until: number | null;
  }): Promise<AttemptCounts | null>;
  /** When the endpoint is tried next, and its breaker. Null when it is unknown. */
  outlook(p: { appRef: string; ref: string }): Promise<EndpointOutlook | null>;
  /** What the engine needs to send, by id, whatever the status; unknown ids are left out. */
  forSending(p: { endpointIds: readonly string[] }): Promise<readonly SendingEndpoint[]>;
  /**
   * Resolves when the owner of the endpoint's shard has acknowledged this version or its lease has
   * ended (I11); after that no new attempt starts under an older one.
   */
  acknowledged(p: { endpointId: string; version: number }): Promise<void>;
}

export type EndpointOutlook = {
  /** The earliest attempt of what is pending; null when nothing is, or the endpoint is not enabled. */
  readonly nextAttemptAt: number | null;
  /** Null while it is closed. */
  readonly breaker: { readonly openedAt: number; readonly probeAt: number } | null;
};

export type SendingEndpoint = {
  readonly endpoint: Endpoint;
  readonly health: EndpointHealth;
  /** Null while it is closed. */
  readonly breaker: OpenBreaker | null;
  /** Nothing is sent before: the receiver asked for it. Null or past when it did not. */
  readonly pausedUntil: number | null;
  /** Messages per second over all endpoints of the app; null is no limit. */
  readonly appThrottleRate: number | null;
  /** Null is as the server has it. */
  readonly appSignatureHeaders: SignatureHeaders | null;
};
