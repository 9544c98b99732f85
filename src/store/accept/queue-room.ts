/** The room of the queue before accept (I5), counted in events. */
import type { AppError } from "../../core/error.ts";
import { LIMITS } from "../../core/limits.ts";
import { refuseLimit } from "../../core/limits/limit.ts";

/** A publish that is larger than the whole queue may still pass alone. */
export function hasRoom(p: { events: number; waiting: number; limit: number }): boolean {
  return p.waiting === 0 || p.waiting + p.events <= p.limit;
}

export function overloaded(limit: number): AppError {
  return refuseLimit(LIMITS.eventsWaitingInAll, limit);
}
