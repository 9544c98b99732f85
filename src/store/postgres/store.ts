/**
 * The `Store` on PostgreSQL. Every change is one transaction, by its name in `writes.ts`; every query is one
 * consistent moment, by its name in `reads.ts`. A method that is added to one of the lists is available at
 * once. The effects of a change besides its rows are published after its commit and before its promise
 * resolves.
 */
import type { AcceptLimits } from "../accept/accept-room.ts";
import type { Publish, PublishResult } from "../interface/accept.ts";
import type { Store } from "../store.ts";
import { hitFailpoint } from "../failpoint.ts";
import { acceptGroup } from "./accept/accept.ts";
import { createAcceptQueue } from "./accept/accept-queue.ts";
import type { FanOut } from "./cluster/fan-out.ts";
import { createFanOutStore } from "./fan-out-store.ts";
import { createForwardingInbox } from "./cluster/forwarding-inbox.ts";
import { takeForwarded } from "./cluster/take-forwarded.ts";
import type { Runner } from "./cluster/runner.ts";
import { createJobStore } from "./job-store.ts";
import { createLiveStore } from "./live-store.ts";
import { sweep } from "./maintenance/sweep.ts";
import { toNoun } from "./nouns.ts";
import { createQueueStore } from "./queue-store.ts";
import { awaitAcknowledged, createShardStore } from "./shard-store.ts";

/**
 * Number of groups of publishes that may commit at once. A pool has at least three connections, so outcomes and leases
 * always find one.
 */
const ACCEPT_LANES = 2;

export function createStore(p: {
  runner: Runner;
  fanOut: FanOut;
  limits: AcceptLimits;
  close: () => Promise<void>;
}): Store {
  const { runner, fanOut } = p;
  const { node } = runner;
  const accepting = createAcceptQueue({
    limits: p.limits,
    lanes: ACCEPT_LANES,
    accept: acceptAll,
  });
  const forwardingInbox = createForwardingInbox({
    take: (params) => runner.write((tx) => takeForwarded(tx, params), {}),
  });
  fanOut.onForwarded(forwardingInbox.notify);

  async function acceptAll(publishes: readonly Publish[]): Promise<readonly PublishResult[]> {
    const results = await runner.write((tx) => acceptGroup(tx, publishes), {
      acceptedAt: publishes.map(({ acceptedAt }) => acceptedAt),
    });
    if (node.failpoint !== null) hitFailpoint(node.failpoint, "after-commit-before-reply");
    fanOuts.published(results);
    return results;
  }

  const fanOuts = createFanOutStore(runner);
  const parts = { runner, fanOut, forwardingInbox };
  const shards = createShardStore(parts);
  return {
    kind: "postgres",
    apps: toNoun(runner, "apps"),
    eventTypes: toNoun(runner, "eventTypes"),
    keys: toNoun(runner, "keys"),
    lines: toNoun(runner, "lines"),
    portal: toNoun(runner, "portal"),
    operatorKeys: toNoun(runner, "operatorKeys"),
    dashboard: toNoun(runner, "dashboard"),
    audit: toNoun(runner, "audit"),
    endpoints: {
      ...toNoun(runner, "endpoints"),
      acknowledged: (change) => awaitAcknowledged(parts, change),
    },
    messages: toNoun(runner, "messages"),
    texts: toNoun(runner, "texts"),
    failures: toNoun(runner, "failures"),
    accept: { publish: accepting.publish },
    queue: createQueueStore(parts),
    shards,
    history: toNoun(runner, "history"),
    pollers: toNoun(runner, "pollers"),
    encryption: toNoun(runner, "encryption"),
    series: toNoun(runner, "series"),
    jobs: createJobStore(runner),
    fanOuts,
    search: toNoun(runner, "search"),
    live: createLiveStore(parts),
    upkeep: {
      ...toNoun(runner, "upkeep"),
      async sweep(params) {
        const { horizon, ...swept } = await runner.write((tx) => sweep(tx, params), params);
        node.setHorizon(horizon);
        return swept;
      },
    },
    openWriterPort: () => null,
    async ping() {
      await runner.ping();
    },
    async [Symbol.asyncDispose]() {
      await accepting.close();
      // Releasing the shards spares other nodes the wait for the end of an unused lease.
      for (const owner of node.shards.owners())
        await shards.release({ owner }).catch(() => undefined);
      await p.close();
    },
  };
}
