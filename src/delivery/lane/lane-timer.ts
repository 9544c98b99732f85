/** The moment at which a lane that is paused or limited by a rate continues. */
import type { Instant } from "../../core/snapshot.ts";
import type { Emit } from "../engine-events.ts";
import type { Clock } from "../loops/clock.ts";
import type { Lane } from "./lane.ts";

/** Wakes the lane at this instant, unless it will be woken already. */
export function wakeLaneAt(lane: Lane, at: Instant, { clock, emit }: LaneTimer): void {
  lane.cancelWake ??= clock.setTimer(at, () => {
    lane.cancelWake = null;
    emit({ kind: "woken", lane });
  });
}

export type LaneTimer = { readonly clock: Clock; readonly emit: Emit };
