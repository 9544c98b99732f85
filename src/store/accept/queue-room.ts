/** The room of the queue before accept (I5), counted in events. */
import { AppError } from "../../core/error.ts";

/** A publish that is larger than the whole queue may still pass alone. */
export function hasRoom(p: { events: number; waiting: number; limit: number }): boolean {
  return p.waiting === 0 || p.waiting + p.events <= p.limit;
}

export function overloaded(): AppError {
  return new AppError(
    "overloaded",
    "Too many events are waiting to be stored. No event was accepted; publish again later.",
    { retryAfterSeconds: 1 },
  );
}
