/** Accepting events: parse is done, what follows is one group-committed transaction. */
import type { NewEvent, DecideSettings } from "../core/decide-types.ts";
import type { ErrorCode } from "../core/error.ts";
import type { Undelivered } from "../core/undelivered.ts";
import type { IdempotencyKey } from "./idempotency.ts";
import type { App } from "./tenancy.ts";

export type Publish = {
  readonly appRef: string;
  /** Created when the app is unknown (Svix `application`); null refuses an unknown app. */
  readonly createApp: App | null;
  /** All or nothing: one refused event refuses the publish, and rolls it back alone. */
  readonly events: readonly NewEvent[];
  readonly onDuplicate: "refuse" | "skip";
  readonly idempotencyKey: IdempotencyKey | null;
  readonly acceptedAt: number;
};

export type AcceptedEvent = {
  readonly id: string;
  readonly eventId: string | null;
  /** Commit-ordered position in the feed. */
  readonly sequence: number;
  /** True when `onDuplicate: skip` met the first one with this eventId. */
  readonly duplicate: boolean;
  /** Deliveries made of this event by its publish, those of derived events left out. */
  readonly deliveries: number;
  /** Why there are none; null when there are, and for a duplicate or a repeated publish. */
  readonly undelivered: Undelivered | null;
};

export type PublishResult =
  | {
      readonly kind: "accepted";
      readonly appId: string;
      /** In the order of the request, derived events left out. */
      readonly events: readonly AcceptedEvent[];
      /** This publish was made before, under the same Idempotency-Key. */
      readonly repeated: boolean;
      readonly acceptedAt: number;
      /** Deliveries that failed at once as `backlog_full`; absent for none. */
      readonly backlogFull?: number;
    }
  | {
      readonly kind: "refused";
      /** Most often not_found, conflict, unknown_message or idempotency_mismatch. */
      readonly code: ErrorCode;
      readonly message: string;
      /** Within the refused event: `["payload", "message", "id"]`. */
      readonly path: readonly (string | number)[];
      /** Which event of the publish was refused; null when the whole publish was. */
      readonly index: number | null;
      /** For `conflict`: each index with the id of the event that was there first. */
      readonly duplicates: readonly { readonly index: number; readonly id: string }[];
    };

export interface AcceptStore {
  /**
   * Durable when it resolves (I1). Items of one group commit are decided in publish order, later
   * ones see earlier ones; a refused publish rolls back alone. Deliveries of shards that `owner`
   * holds come back through `onLeased` of `openStore`'s listener, after the commit and before this
   * promise resolves, up to `leaseRoom` leased per endpoint; the rest is due in the queue.
   * Refuses with `overloaded` when the bounded accept queue is full, and with `rate_limited` when the
   * app is owed deliveries for as many bytes as it may be.
   */
  publish(p: Publish): Promise<PublishResult>;
}

/** Set once when the store opens: everything `decide` needs that is not in the store. */
export type AcceptOptions = {
  readonly decide: DecideSettings;
  /** Most events waiting for a commit; beyond it a publish is refused with `overloaded`. */
  readonly queueLimit: number;
};
