/** The queue: polls that cost nothing while nothing is due, and deliveries that other nodes forwarded. */
import type { QueueStore } from "../interface/queue.ts";
import { batchDelayMs } from "./cluster/batch-delay.ts";
import type { FanOut } from "./cluster/fan-out.ts";
import type { ForwardingInbox } from "./cluster/forwarding-inbox.ts";
import type { Runner } from "./cluster/runner.ts";
import { toNoun } from "./nouns.ts";
import { isAnyBreakerOpen, isAnyOverdue } from "./queue/poll-checks.ts";
import { dueEndpoints } from "./queue/queue.ts";

export function createQueueStore({
  runner,
  fanOut,
  forwardingInbox,
}: {
  runner: Runner;
  fanOut: FanOut;
  forwardingInbox: ForwardingInbox;
}): QueueStore {
  const queue = toNoun(runner, "queue");
  const { shards } = runner.node;

  async function pollForDue(params: Parameters<QueueStore["dueEndpoints"]>[0]) {
    const poll = () => runner.single((connection) => dueEndpoints(connection, params));
    let found = await poll();
    fanOut.polled(found);
    if (found.isForwarded) {
      const { owner } = params;
      await forwardingInbox.take(
        owner,
        shards.of(owner).map(({ shard }) => shard),
      );
      found = await poll();
    }
    return { endpointIds: found.endpointIds, nextDueAt: found.nextDueAt };
  }

  return {
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
  };
}
