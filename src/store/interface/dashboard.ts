/** Sessions of the dashboard. They act with the rights of the credential that made them. */
import type { OperatorKey } from "./operator-keys.ts";

export type NewDashboardSession = {
  readonly id: string;
  /** SHA-256 of the secret, which is in the browser's cookie or in the link only. */
  readonly secretHash: Uint8Array;
  /** The id of the operator key that made it, or a mark of the admin token. */
  readonly owner: string;
  readonly createdAt: number;
  /** When it ends unless it is used before. */
  readonly expiresAt: number;
  /** When it ends even if it is used. */
  readonly endsAt: number;
};

export type DashboardSession = Pick<
  NewDashboardSession,
  "id" | "owner" | "expiresAt" | "endsAt"
> & {
  /** The operator key that owns it; null when the admin token does, or when the key was deleted. */
  readonly operatorKey: OperatorKey | null;
};

export interface DashboardStore {
  /** Stores a session. Beyond `dashboardSessions` the oldest of the same owner end. */
  open(p: { session: NewDashboardSession }): Promise<void>;
  /** Stores a link, which `exchange` makes one session of. It counts as a session. */
  grant(p: { link: NewDashboardSession }): Promise<void>;
  /** Ends the link, and stores a session of the same owner. Null when the link is unknown or has ended. */
  exchange(p: {
    linkHash: Uint8Array;
    session: Omit<NewDashboardSession, "owner">;
    now: number;
  }): Promise<{ readonly owner: string } | null>;
  /** The session with this hash that has not expired; null otherwise. */
  find(p: { secretHash: Uint8Array; now: number }): Promise<DashboardSession | null>;
  /** Whether `exchange` would make a session. */
  findLink(p: { secretHash: Uint8Array; now: number }): Promise<boolean>;
  /** Moves the expiry of a session that is used. */
  extend(p: { secretHash: Uint8Array; expiresAt: number }): Promise<void>;
  /** Ends one session; false when it is unknown. */
  end(p: { secretHash: Uint8Array }): Promise<boolean>;
  /** Ends all sessions and links of the owner. */
  endAll(p: { owner: string }): Promise<void>;
  /** Ends the sessions and links of all owners but one, and returns their number. Null keeps none. */
  endOthers(p: { keptHash: Uint8Array | null }): Promise<number>;
}
