/**
 * The deliveries that wait in a lane: new ones and retries. When both kinds wait, three new deliveries go for
 * each retry. So a recovered endpoint gets current events and not only those that it missed.
 */
import type { LeasedDelivery } from "../../store/queue/leased-delivery.ts";

type Fifo = { items: LeasedDelivery[]; first: number };

export type LaneQueue = {
  readonly fresh: Fifo;
  readonly retries: Fifo;
  /** New deliveries taken since the latest retry. */
  freshInRow: number;
};

const FRESH_PER_RETRY = 3;
/** Emptied places are removed when there are at least this many and they are half of the array. */
const COMPACT_AT = 64;

export function createLaneQueue(): LaneQueue {
  return { fresh: { items: [], first: 0 }, retries: { items: [], first: 0 }, freshInRow: 0 };
}

export function queuedIn({ fresh, retries }: LaneQueue): number {
  return waiting(fresh) + waiting(retries);
}

export function putIn(queue: LaneQueue, delivery: LeasedDelivery): void {
  (delivery.attempts === 0 ? queue.fresh : queue.retries).items.push(delivery);
}

/** Takes the next delivery. The queue must not be empty. */
export function takeFrom(queue: LaneQueue): LeasedDelivery {
  const { fresh, retries } = queue;
  const isFreshTurn = queue.freshInRow < FRESH_PER_RETRY || waiting(retries) === 0;
  if (waiting(fresh) > 0 && isFreshTurn) {
    queue.freshInRow += 1;
    return takeFirst(fresh);
  }
  queue.freshInRow = 0;
  return takeFirst(retries);
}

/** Takes all deliveries, in no particular order. */
export function takeAllFrom(queue: LaneQueue): LeasedDelivery[] {
  return [...takeRest(queue.retries), ...takeRest(queue.fresh)];
}

function waiting(fifo: Fifo): number {
  return fifo.items.length - fifo.first;
}

function takeFirst(fifo: Fifo): LeasedDelivery {
  const delivery = fifo.items[fifo.first++] as LeasedDelivery;
  if (fifo.first === fifo.items.length) {
    fifo.items.length = 0;
    fifo.first = 0;
  } else if (fifo.first >= COMPACT_AT && fifo.first * 2 >= fifo.items.length) {
    fifo.items.splice(0, fifo.first);
    fifo.first = 0;
  }
  return delivery;
}

function takeRest(fifo: Fifo): LeasedDelivery[] {
  const taken = fifo.items.slice(fifo.first);
  fifo.items = [];
  fifo.first = 0;
  return taken;
}
