/** The needs of a fan-out beside shared statements. */
import type { EndpointIndex } from "../../core/events/endpoint-index.ts";
import type { AcceptEndpoint } from "../accept/accept-state.ts";
import type { Steps } from "../steps.ts";

/** A delivery of a stored event. */
export type FanOutDraft = {
  readonly event: {
    readonly seq: number;
    readonly orderingKey: string | null;
    readonly deliverAt: number | null;
    /** The instant at which the delivery is made. */
    readonly acceptedAt: number;
    /** Octets of the payload. */
    readonly bytes: number;
  };
  readonly endpoint: AcceptEndpoint;
  readonly webhookIndex: number;
};

export type FanOutStatements = {
  /** Endpoints of a live application that are not deleted. Null when it has just been deleted. */
  loadAcceptEndpoints(app: {
    readonly seq: number;
    readonly id: string;
  }): Steps<EndpointIndex<AcceptEndpoint> | null>;
  /** Makes the deliveries; they are due in the queue. Returns an endpoint for each one that failed at once. */
  addFannedOut(appSeq: number, drafts: readonly FanOutDraft[]): Steps<readonly string[]>;
  /** Rows were deleted: cached applications with rows are stale. */
  fanOutsEnded(): void;
};
