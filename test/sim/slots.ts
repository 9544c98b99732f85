/** The instants of attempts, computed independently from the table in docs/receiving.md. */
import type { LeasedDelivery } from "../../src/store/queue/leased-delivery.ts";

const HOUR_MS = 3_600_000;
const PATIENCE_MS = 72 * HOUR_MS;
/** Seconds after acceptance; the last one is the deadline. */
const AT_SECONDS = [
  0, 5, 20, 65, 185, 485, 1385, 3185, 6785, 13_985, 28_385, 49_985, 71_585, 93_185, 114_785,
  136_385, 157_985, 179_585, 201_185, 222_785, 244_385, 259_200,
];
/** The reason why the attempt may not start now; null when it may. It may always be late. */
export function checkSlot(p: {
  tries: number | null;
  /**
   * The time for which the endpoint was parked. Slots in that time are due at once, and later slots have
   * moved by it.
   */
  parkedMs: number;
  delivery: LeasedDelivery;
  now: number;
}): string | null {
  const { slot, baseAt } = p.delivery;
  const { tries } = p;
  if (tries !== null) return slot <= tries ? null : `there is no try ${slot}`;
  // The first slot is due at the start of the schedule, or when the endpoint is enabled again.
  if (slot === 1) return null;
  const at = AT_SECONDS[slot - 1];
  if (at === undefined) return `there is no slot ${slot}`;
  const stepMs = (at - (AT_SECONDS[slot - 2] ?? 0)) * 1000;
  const isLast = slot === AT_SECONDS.length;
  const earlierMs = isLast || stepMs <= 60_000 ? 0 : 0.2 * stepMs;
  const earliest = baseAt - p.parkedMs + at * 1000 - earlierMs;
  return p.now >= earliest - 1 ? null : `slot ${slot} came ${earliest - p.now} ms early`;
}

/** Whether a delivery whose last attempt was this one may fail for good. */
export function isPatienceOver(p: {
  tries: number | null;
  baseAt: number;
  slot: number;
  at: number;
}): boolean {
  if (p.at >= p.baseAt + PATIENCE_MS) return true;
  return p.slot === p.tries;
}
