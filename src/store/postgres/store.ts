/**
 * The `Store` on PostgreSQL. Every change is one transaction, by its name in `writes.ts`; every query is one
 * consistent moment, by its name in `reads.ts`. A method that is added to one of the lists is available at
 * once. The effects of a change besides its rows are published after its commit and before its promise
 * resolves.
 */
import type { Publish, PublishResult } from "../interface/accept.ts";
import type { JobStore } from "../interface/jobs.ts";
import type { QueueStore } from "../interface/queue.ts";
import type { HeldShard, ShardStore } from "../interface/shards.ts";
import type { Store } from "../store.ts";
import { hitFailpoint } from "../failpoint.ts";
import { acceptGroup } from "./accept/accept.ts";
import { createAcceptQueue } from "./accept/accept-queue.ts";
import { acknowledge, isAwaited } from "./cluster/change-acknowledgements.ts";
import { isAnyBreakerOpen, isAnyOverdue } from "./queue/poll-checks.ts";
import { takeForwarded } from "./cluster/take-forwarded.ts";
import { nextSlice } from "../jobs/step.ts";
import { runSteps, toSession } from "./session.ts";
import { batchDelayMs } from "./cluster/batch-delay.ts";
import { dueEndpoints } from "./queue/queue.ts";
import { READS } from "./reads.ts";
import type { Runner } from "./cluster/runner.ts";
import { hold, owners, releaseShards, renew } from "./cluster/shards.ts";
import { sweep } from "./maintenance/sweep.ts";
import { createForwardingInbox } from "./cluster/forwarding-inbox.ts";
import type { FanOut } from "./cluster/fan-out.ts";
import { WRITES } from "./writes.ts";

type Lists = typeof WRITES & typeof READS;
/** The methods of one noun, from the lists. */
type Noun<Name extends string> = {
  [
    Key in keyof Lists as Key extends `${Name}.${infer Method}` ? Method : never
  ]: Lists[Key] extends (context: never, ...rest: infer Rest) => Promise<infer Result>
    ? (...rest: Rest) => Promise<Result>
    : never;
};
type Work = (context: never, p: never) => Promise<unknown>;

/** Number of groups of publishes that may commit at once. */
const ACCEPT_LANES = 1;
const FIRST_WAIT_MS = 5;
const LAST_WAIT_MS = 250;

export function createStore(p: {
  runner: Runner;
  fanOut: FanOut;
  queueLimit: number;
  close: () => Promise<void>;
}): Store {
  const { runner, fanOut } = p;
  const { node } = runner;
  const accepting = createAcceptQueue({
    queueLimit: p.queueLimit,
    lanes: ACCEPT_LANES,
    accept: acceptAll,
  });
  const forwardingInbox = createForwardingInbox({
    take: (params) => runner.write((tx) => takeForwarded(tx, params), {}),
  });
  fanOut.onForwarded(forwardingInbox.notify);
  const jobListeners: (() => void)[] = [];

  function noun<Name extends string>(name: Name): Noun<Name> {
    const methods: Record<string, (params: unknown) => Promise<unknown>> = {};
    const add = (
      list: Readonly<Record<string, Work>>,
      run: (work: Work, params: unknown) => Promise<unknown>,
    ) => {
      for (const [key, work] of Object.entries(list)) {
        const [first, method] = key.split(".") as [string, string];
        if (first === name) methods[method] = (params = {}) => run(work, params);
      }
    };
    add(WRITES, (work, params) => runner.write((tx) => work(tx as never, params as never), params));
    add(READS, (work, params) => runner.read((reader) => work(reader as never, params as never)));
    return methods as Noun<Name>;
  }

  async function acceptAll(publishes: readonly Publish[]): Promise<readonly PublishResult[]> {
    const results = await runner.write((tx) => acceptGroup(tx, publishes), {
      acceptedAt: publishes.map(({ acceptedAt }) => acceptedAt),
    });
    if (node.failpoint !== null) hitFailpoint(node.failpoint, "after-commit-before-reply");
    return results;
  }

  /** While shards are released or taken, nothing is leased under the previous ownership. */
  async function holdShards(
    params: Parameters<ShardStore["hold"]>[0],
  ): Promise<readonly HeldShard[]> {
    const { owner, atMost } = params;
    const before = node.shards.of(owner);
    if (before.length === atMost && runner.unconfirmed() === 0) {
      if (await runner.single((connection) => renew(connection, params))) return before;
    }
    node.shards.released(owner);
    const unconfirmed = runner.unconfirmed();
    const held = await runner.write(
      (tx) => hold(tx, { ...params, withNewFences: unconfirmed > 0 }),
      {},
    );
    runner.settleUnconfirmed(unconfirmed);
    node.shards.held(owner, held);
    // This node has forwarded to itself the deliveries that it accepted meanwhile.
    forwardingInbox.notify(
      owner,
      held.map(({ shard }) => shard),
    );
    if (held.length < before.length) fanOut.freed();
    return held;
  }

  async function release({ owner }: { owner: string }): Promise<void> {
    node.shards.released(owner);
    await runner.write((tx) => releaseShards(tx, { owner }), {});
    fanOut.freed();
  }

  async function acknowledged(change: { endpointId: string; version: number }): Promise<void> {
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LAST_WAIT_MS)) {
      if (!(await runner.single((connection) => isAwaited(connection, change)))) return;
      await fanOut.acknowledgement(waitMs);
    }
  }

  async function pollForDue(params: Parameters<QueueStore["dueEndpoints"]>[0]) {
    const poll = () => runner.single((connection) => dueEndpoints(connection, params));
    let found = await poll();
    fanOut.polled(found);
    if (found.isForwarded) {
      const { owner } = params;
      await forwardingInbox.take(
        owner,
        node.shards.of(owner).map(({ shard }) => shard),
      );
      found = await poll();
    }
    return { endpointIds: found.endpointIds, nextDueAt: found.nextDueAt };
  }

  /** Steps run one after the other: of two at once the second would find the due jobs taken by the first. */
  async function stepJobs(params: Parameters<JobStore["step"]>[0]): ReturnType<JobStore["step"]> {
    const stepped = stepping.then(async () => {
      const { now } = params;
      const { nextAt, isDue } = await runner.single((connection) =>
        runSteps(nextSlice(toSession(connection), now)),
      );
      return isDue ? await jobs.step(params) : { done: 0, nextAt, ended: [] };
    });
    stepping = stepped.catch(() => undefined);
    return await stepped;
  }

  let stepping: Promise<unknown> = Promise.resolve();
  const queue = noun("queue");
  const shards = noun("shards");
  const jobs = noun("jobs");
  return {
    kind: "postgres",
    apps: noun("apps"),
    eventTypes: noun("eventTypes"),
    keys: noun("keys"),
    lines: noun("lines"),
    endpoints: { ...noun("endpoints"), acknowledged },
    messages: noun("messages"),
    accept: { publish: accepting.publish },
    queue: {
      ...queue,
      pollIntervalMs: () => fanOut.pollIntervalMs,
      batchDelayMs: ({ tookMs }) => batchDelayMs(tookMs),
      listen: ({ owner, onLeased }) => fanOut.listen(owner, onLeased),
      dueEndpoints: pollForDue,
      async skipOverdue(params) {
        const isAny = await runner.single((connection) => isAnyOverdue(connection, params.now));
        return isAny ? await queue.skipOverdue(params) : { due: [] };
      },
      async expireBehindBreaker(params) {
        if (await runner.single(isAnyBreakerOpen)) return await queue.expireBehindBreaker(params);
        return { expired: [], next: null };
      },
    } satisfies QueueStore,
    shards: {
      ...shards,
      hold: holdShards,
      owners: () => runner.single(owners),
      release,
      async acknowledge(params) {
        await runner.single((connection) => acknowledge(connection, params));
        fanOut.acknowledged();
      },
      onChanged: ({ owner, listener }) => fanOut.onChanged(owner, listener),
      onFreed: ({ owner, listener }) => fanOut.onFreed(owner, listener),
    } satisfies ShardStore,
    history: noun("history"),
    encryption: noun("encryption"),
    jobs: {
      ...jobs,
      step: stepJobs,
      listen: ({ onCreated }) => jobListeners.push(onCreated),
      async create(params) {
        const created = await jobs.create(params);
        for (const onCreated of jobListeners) onCreated();
        return created;
      },
    } satisfies JobStore,
    upkeep: {
      ...noun("upkeep"),
      async sweep(params) {
        const { horizon, ...swept } = await runner.write((tx) => sweep(tx, params), params);
        node.setHorizon(horizon);
        return swept;
      },
    },
    async ping() {
      await runner.ping();
    },
    async [Symbol.asyncDispose]() {
      await accepting.close();
      // Releasing the shards spares other nodes the wait for the end of an unused lease.
      for (const owner of node.shards.owners()) await release({ owner }).catch(() => undefined);
      await p.close();
    },
  };
}
