/** Accepting events. Parsing is finished before; one group-committed transaction does the rest. */
import type { NewEvent, DecideSettings } from "../../core/decide-types.ts";
import type { ErrorCode } from "../../core/error.ts";
import type { Undelivered } from "../../core/delivery/undelivered.ts";
import type { IdempotencyKey } from "../idempotency.ts";
import type { App } from "./tenancy.ts";

export type Publish = {
  readonly appRef: string;
  /**
   * The app is created when it is unknown (Svix `application`); its id or uid is `appRef`. Null: an unknown
   * app is refused.
   */
  readonly createApp: App | null;
  /** A publish is all or nothing: one refused event rolls back its publish, and no other publish. */
  readonly events: readonly NewEvent[];
  readonly onDuplicate: "refuse" | "skip";
  readonly idempotencyKey: IdempotencyKey | null;
  readonly acceptedAt: number;
};

export type AcceptedEvent = {
  readonly id: string;
  readonly eventId: string | null;
  /** Position in the feed, in commit order. */
  readonly sequence: number;
  /** True when `onDuplicate: skip` found an earlier event with this eventId. */
  readonly duplicate: boolean;
  /**
   * Deliveries of this event at its publish, without those of derived events. Those of a large publish are made
   * later, and an endpoint that was deleted or disabled before its turn gets none.
   */
  readonly deliveries: number;
  /**
   * Reason for zero deliveries; null when there are deliveries, for a duplicate, and for a repeated publish.
   */
  readonly undelivered: Undelivered | null;
};

export type PublishResult =
  | {
      readonly kind: "accepted";
      readonly appId: string;
      /** Events in the order of the request, without derived events. */
      readonly events: readonly AcceptedEvent[];
      /** True when the same publish was made before under this Idempotency-Key. */
      readonly repeated: boolean;
      readonly acceptedAt: number;
      /** Deliveries that failed at once as `backlog_full`; absent when zero. */
      readonly backlogFull?: number;
      /** Deliveries that are made later, in parts, and are counted in those of the events; absent when zero. */
      readonly fanningOut?: number;
      /** Steps that payload filters took; absent when zero. */
      readonly filterSteps?: number;
      /** The app's own limit of waiting events; absent without one. */
      readonly ownEventsWaiting?: number;
    }
  | {
      readonly kind: "refused";
      /** Usually not_found, conflict, unknown_message or idempotency_mismatch. */
      readonly code: ErrorCode;
      readonly message: string;
      /** Path within the refused event, such as `["payload", "message", "id"]`. */
      readonly path: readonly (string | number)[];
      /** Index of the refused event; null when the whole publish was refused. */
      readonly index: number | null;
      /** For `conflict`: each index with the id of the earlier event. */
      readonly duplicates: readonly { readonly index: number; readonly id: string }[];
      /** Name of the limit that refused; absent for other refusals. */
      readonly limit?: string;
      readonly retryAfterSeconds?: number;
    };

export interface AcceptStore {
  /**
   * Resolves when the publish is durable (I1). The items of a group commit are decided in publish order, so
   * later ones see the changes of earlier ones. A refused publish rolls back alone.
   *
   * Deliveries of shards that `owner` holds arrive through `onLeased` of `openStore`'s listener, after the
   * commit and before this promise resolves. At most `leaseRoom` deliveries are leased per endpoint; the
   * others are due in the queue.
   *
   * A publish of more than 1,000 deliveries is fanned out later, in parts. So are the next ones of its
   * application until that is done.
   *
   * Refuses with `body_too_large` a publish of more deliveries or steps of payload filters than one may cause.
   * Refuses with `overloaded` when the bounded accept queue is full, and with `rate_limited` when the app's
   * pending deliveries would exceed its maximum of payload bytes.
   */
  publish(p: Publish): Promise<PublishResult>;
}

/** Inputs of `decide` that are not in the store, set once when the store opens. */
export type AcceptOptions = {
  readonly decide: DecideSettings;
};
