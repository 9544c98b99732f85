/**
 * Taking what other nodes hand over, one take after the other for each owner: what comes meanwhile goes
 * with the next one, and takes that follow each other leave some milliseconds to gather. A take that
 * fails is made up for by the next look at the queue.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { batchDelayMs } from "./batch-delay.ts";

export type ForwardingInbox = {
  /** Something was handed over, of these of the owner's shards. */
  hear(owner: string, shards: readonly number[]): void;
  /** Everything of these shards; resolves when it is taken. */
  take(owner: string, shards: readonly number[]): Promise<void>;
};

/** Rows of one transaction. */
const LIMIT = 500;

export function createForwardingInbox(p: {
  take: (given: { owner: string; shards: readonly number[]; limit: number }) => Promise<number>;
}): ForwardingInbox {
  const heard = new Map<string, Set<number>>();
  const running = new Set<string>();

  async function takeAll(owner: string, shards: readonly number[]): Promise<void> {
    if (shards.length === 0) return;
    while ((await p.take({ owner, shards, limit: LIMIT })) === LIMIT);
  }

  async function run(owner: string): Promise<void> {
    running.add(owner);
    try {
      for (;;) {
        const shards = heard.get(owner);
        if (shards === undefined) return;
        heard.delete(owner);
        const beganAt = performance.now();
        await takeAll(owner, [...shards]);
        await sleep(batchDelayMs(performance.now() - beganAt));
      }
    } catch {
      // The next look finds it.
    } finally {
      running.delete(owner);
    }
  }

  return {
    hear(owner, shards) {
      const before = heard.get(owner);
      if (before === undefined) heard.set(owner, new Set(shards));
      else for (const shard of shards) before.add(shard);
      if (!running.has(owner)) void run(owner);
    },
    take: takeAll,
  };
}
