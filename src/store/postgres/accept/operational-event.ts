import type { OperationalNote } from "../../../core/events/operational-events.ts";
import type { AttemptRow } from "../../interface/queue.ts";

export type OperationalEvent = {
  readonly note: OperationalNote;
  readonly endpointId: string;
  /** The delivery that the event is about. When `attempt` is null, the last one is looked up. */
  readonly delivery: {
    readonly deliverySeq: number;
    readonly eventSeq: number;
    readonly attempt: AttemptRow | null;
  } | null;
  readonly now: number;
};
