/**
 * The bounded queue before accept (I5), and its groups. While one group commits, the next one gathers.
 * Publishers that were just answered soon publish again, so under load the queue waits briefly for them; a
 * lone publish never waits. When a group fails with a bug, each of its publishes is tried alone, so that one
 * publish cannot fail the others.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "../../../core/error.ts";
import { hasRoom, overloaded } from "../../accept/queue-room.ts";
import type { Publish, PublishResult } from "../../interface/accept.ts";
import { toFault } from "../server/pg-error.ts";

export type AcceptQueue = {
  publish(p: Publish): Promise<PublishResult>;
  /** Accepts the waiting publishes and refuses later ones. */
  close(): Promise<void>;
};

type Waiting = {
  readonly publish: Publish;
  readonly settle: PromiseWithResolvers<PublishResult>;
};

/**
 * A group ends at this many events or at `GROUP_BYTES`, so that no publish waits for another one's million
 * rows.
 */
const GROUP_EVENTS = 1_000;
/** Share of the time that the previous group took. */
const GATHER_SHARE = 1 / 4;
const MOST_GATHER_MS = 8;
const GROUP_BYTES = 4 * 1024 * 1024;

export function createAcceptQueue(p: {
  queueLimit: number;
  /** Number of groups that may commit at once. */
  lanes: number;
  accept: (publishes: readonly Publish[]) => Promise<readonly PublishResult[]>;
}): AcceptQueue {
  const waiting: Waiting[] = [];
  let eventsWaiting = 0;
  let running = 0;
  let isClosed = false;
  let onIdle: (() => void) | null = null;

  async function run(): Promise<void> {
    running += 1;
    while (waiting.length > 0) {
      const group = takeGroup();
      const beganAt = performance.now();
      await settleGroup(group);
      const tookMs = performance.now() - beganAt;
      if (group.length > 1) await sleep(Math.min(tookMs * GATHER_SHARE, MOST_GATHER_MS));
    }
    running -= 1;
    if (running === 0) onIdle?.();
  }

  function takeGroup(): readonly Waiting[] {
    let events = 0;
    let bytes = 0;
    let count = 0;
    const keys = new Set<string>();
    for (const { publish } of waiting) {
      const { idempotencyKey } = publish;
      events += publish.events.length;
      for (const { payloadText } of publish.events) bytes += payloadText.length;
      if (count > 0 && (events > GROUP_EVENTS || bytes > GROUP_BYTES)) break;
      // The second use of a key reads the resources of the first use, so the first must be committed.
      if (idempotencyKey !== null && keys.has(`${idempotencyKey.scope}\n${idempotencyKey.key}`))
        break;
      if (idempotencyKey !== null) keys.add(`${idempotencyKey.scope}\n${idempotencyKey.key}`);
      count += 1;
    }
    return waiting.splice(0, count);
  }

  async function settleGroup(group: readonly Waiting[]): Promise<void> {
    try {
      const results = await p.accept(group.map(({ publish }) => publish));
      for (const [i, { settle }] of group.entries()) settle.resolve(results[i] as PublishResult);
    } catch (error) {
      if (group.length > 1 && toFault(error) === "bug") {
        for (const one of group) await settleGroup([one]);
        return;
      }
      for (const { settle } of group) settle.reject(error);
    }
  }

  function refuseWhenFull(events: number): void {
    if (isClosed) throw new AppError("store_unavailable", "The store is closed.");
    if (!hasRoom({ events, waiting: eventsWaiting, limit: p.queueLimit }))
      throw overloaded(p.queueLimit);
  }

  return {
    async publish(publish) {
      const { length } = publish.events;
      refuseWhenFull(length);
      eventsWaiting += length;
      const settle = Promise.withResolvers<PublishResult>();
      waiting.push({ publish, settle });
      // Publishes of one turn of the event loop form one group.
      if (running < p.lanes) setImmediate(() => void (running < p.lanes && run()));
      try {
        return await settle.promise;
      } finally {
        eventsWaiting -= length;
      }
    },
    async close() {
      isClosed = true;
      if (running === 0 && waiting.length === 0) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      onIdle = resolve;
      await promise;
    },
  };
}
