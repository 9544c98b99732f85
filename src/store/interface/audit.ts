/** The record of changes of configuration, written in the transaction of each change, and of reveals. */
import type { Page, PageRequest } from "../page.ts";

export const ACTOR_KINDS = ["admin_token", "operator_key", "key", "portal", "line"] as const;
export type ActorKind = (typeof ACTOR_KINDS)[number];

/** Who makes a call, and which. No field has content, a number or a name that a tenant chose. */
export type AuditNote = {
  readonly at: number;
  readonly requestId: string;
  readonly actorKind: ActorKind;
  /** The id of the credential; `operator` for the admin token. */
  readonly actorId: string;
  /** The name of the operator key. */
  readonly actorName: string | null;
  /** The network of the caller's address; null when the request does not show it. */
  readonly source: string | null;
  /** The call's id, such as `createEndpoint`; `reveal` for all calls that reveal content. */
  readonly verb: string;
};

/** The actor of a call, kept with the task that it started. */
export type Starter = {
  readonly kind: ActorKind;
  readonly id: string;
  /** The name of the operator key. */
  readonly name: string | null;
};

export type AuditEntry = AuditNote & {
  /** Its place in the list, in decimal digits. */
  readonly id: string;
  /** Null for a change of the server. */
  readonly appId: string | null;
  /** The resources that were changed or shown. */
  readonly ids: readonly string[];
};

export type AuditFilter = {
  readonly appId?: string | undefined;
  readonly actorId?: string | undefined;
  readonly verb?: string | undefined;
  readonly since?: number | undefined;
};

export interface AuditStore {
  /**
   * Records that content of these resources is shown in full. False when the app is unknown. The entry is written
   * with the note of the actor, as for a change.
   */
  reveal(p: { appRef: string; ids: readonly string[] }): Promise<boolean>;
  /** Newest first. `window.after` is an id. */
  list(p: { window: PageRequest; filter: AuditFilter }): Promise<Page<AuditEntry>>;
}
