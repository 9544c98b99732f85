/**
 * Takes the deliveries that other nodes forward, one transaction at a time per owner. Deliveries that arrive
 * meanwhile go with the next transaction, and a delay of some milliseconds gathers them. If a transaction
 * fails, the next poll of the queue finds its deliveries.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { batchDelayMs } from "./batch-delay.ts";

export type ForwardingInbox = {
  /** Deliveries were forwarded to these shards of the owner. */
  notify(owner: string, shards: readonly number[]): void;
  /** Takes everything that was forwarded to these shards; resolves when it is taken. */
  take(owner: string, shards: readonly number[]): Promise<void>;
};

/** Rows per transaction. */
const LIMIT = 500;

export function createForwardingInbox(p: {
  take: (given: { owner: string; shards: readonly number[]; limit: number }) => Promise<number>;
}): ForwardingInbox {
  const notified = new Map<string, Set<number>>();
  const running = new Set<string>();

  async function takeAll(owner: string, shards: readonly number[]): Promise<void> {
    if (shards.length === 0) return;
    while ((await p.take({ owner, shards, limit: LIMIT })) === LIMIT);
  }

  async function run(owner: string): Promise<void> {
    running.add(owner);
    try {
      for (;;) {
        const shards = notified.get(owner);
        if (shards === undefined) return;
        notified.delete(owner);
        const beganAt = performance.now();
        await takeAll(owner, [...shards]);
        await sleep(batchDelayMs(performance.now() - beganAt));
      }
    } catch {
      // The next poll finds the deliveries.
    } finally {
      running.delete(owner);
    }
  }

  return {
    notify(owner, shards) {
      const before = notified.get(owner);
      if (before === undefined) notified.set(owner, new Set(shards));
      else for (const shard of shards) before.add(shard);
      if (!running.has(owner)) void run(owner);
    },
    take: takeAll,
  };
}
