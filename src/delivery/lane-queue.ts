/**
 * What waits in a lane: deliveries that were never tried, and those that are tried again. When both
 * wait three of the first go for each of the second, so that a healed endpoint gets what happens now
 * and not only what it missed.
 */
import type { LeasedDelivery } from "../store/leased-delivery.ts";

type Line = { items: LeasedDelivery[]; first: number };

export type LaneQueue = {
  readonly fresh: Line;
  readonly again: Line;
  /** Fresh ones that went since the latest of the others. */
  freshInRow: number;
};

const FRESH_PER_RETRY = 3;
/** Left places are closed up when they are as many as this, and half of the line. */
const CLOSE_UP_AT = 64;

export function createLaneQueue(): LaneQueue {
  return { fresh: { items: [], first: 0 }, again: { items: [], first: 0 }, freshInRow: 0 };
}

export function queuedIn({ fresh, again }: LaneQueue): number {
  return waiting(fresh) + waiting(again);
}

export function putIn(queue: LaneQueue, delivery: LeasedDelivery): void {
  (delivery.attempts === 0 ? queue.fresh : queue.again).items.push(delivery);
}

/** The one that goes next. There must be one. */
export function takeFrom(queue: LaneQueue): LeasedDelivery {
  const { fresh, again } = queue;
  const isFreshsTurn = queue.freshInRow < FRESH_PER_RETRY || waiting(again) === 0;
  if (waiting(fresh) > 0 && isFreshsTurn) {
    queue.freshInRow += 1;
    return takeFirst(fresh);
  }
  queue.freshInRow = 0;
  return takeFirst(again);
}

/** All of them, in no order that matters: they are the caller's now. */
export function takeAllFrom(queue: LaneQueue): LeasedDelivery[] {
  return [...takeLine(queue.again), ...takeLine(queue.fresh)];
}

function waiting(line: Line): number {
  return line.items.length - line.first;
}

function takeFirst(line: Line): LeasedDelivery {
  const delivery = line.items[line.first++] as LeasedDelivery;
  if (line.first === line.items.length) {
    line.items.length = 0;
    line.first = 0;
  } else if (line.first >= CLOSE_UP_AT && line.first * 2 >= line.items.length) {
    line.items.splice(0, line.first);
    line.first = 0;
  }
  return delivery;
}

function takeLine(line: Line): LeasedDelivery[] {
  const taken = line.items.slice(line.first);
  line.items = [];
  line.first = 0;
  return taken;
}
