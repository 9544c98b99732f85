/**
 * The bounded queue before accept (I5), and its groups: while one group is on its way to the disk the
 * next gathers by itself. Whoever was answered with a group publishes again a moment later, so under
 * load that moment is waited for; a lone publish never waits. A publish that breaks must not take the
 * others of its group with it, so after a failure that is no refusal each is tried alone.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "../../core/error.ts";
import type { Publish, PublishResult } from "../accept.ts";
import { toFault } from "./pg-error.ts";

export type AcceptQueue = {
  publish(p: Publish): Promise<PublishResult>;
  /** What waits is still accepted; what comes later is refused. */
  close(): Promise<void>;
};

type Waiting = {
  readonly publish: Publish;
  readonly settle: PromiseWithResolvers<PublishResult>;
};

/** Beyond these a group ends, so that nobody waits for somebody else's million rows. */
const GROUP_EVENTS = 1_000;
/** Of what the group before took. */
const GATHER_SHARE = 1 / 4;
const MOST_GATHER_MS = 8;
const GROUP_BYTES = 4 * 1024 * 1024;

export function createAcceptQueue(p: {
  queueLimit: number;
  /** Groups on their way to the disk at once. */
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
      // The second use of a key asks what the first one made, so that has to be there.
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
    // A batch larger than the whole queue may still pass alone.
    if (eventsWaiting === 0 || eventsWaiting + events <= p.queueLimit) return;
    throw new AppError(
      "overloaded",
      "Too many events are waiting to be stored. No event was accepted; publish again later.",
      {
        retryAfterSeconds: 1,
      },
    );
  }

  return {
    async publish(publish) {
      const { length } = publish.events;
      refuseWhenFull(length);
      eventsWaiting += length;
      const settle = Promise.withResolvers<PublishResult>();
      waiting.push({ publish, settle });
      // What is published in one turn of the event loop goes together.
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
