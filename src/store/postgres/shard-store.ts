/** The shards of the owners in this process, and the changes of endpoints that they acknowledge. */
import type { EndpointStore } from "../interface/endpoints.ts";
import type { HeldShard, ShardStore } from "../interface/shards.ts";
import { acknowledge, isAwaited } from "./cluster/change-acknowledgements.ts";
import type { FanOut } from "./cluster/fan-out.ts";
import type { ForwardingInbox } from "./cluster/forwarding-inbox.ts";
import type { Runner } from "./cluster/runner.ts";
import { hold, owners, releaseShards, renew } from "./cluster/shards.ts";
import { toNoun } from "./nouns.ts";

const FIRST_WAIT_MS = 5;
const LAST_WAIT_MS = 250;

export function createShardStore({
  runner,
  fanOut,
  forwardingInbox,
}: {
  runner: Runner;
  fanOut: FanOut;
  forwardingInbox: ForwardingInbox;
}): ShardStore {
  const { node } = runner;

  /** A shard that moved returns its leases. */
  function keepLeases(): void {
    node.leaseCounts.keepOnly((shard) => node.shards.holder(shard)?.fence);
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
    keepLeases();
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
    keepLeases();
    await runner.write((tx) => releaseShards(tx, { owner }), {});
    fanOut.freed();
  }

  return {
    ...toNoun(runner, "shards"),
    hold: holdShards,
    owners: () => runner.single(owners),
    release,
    async acknowledge(params) {
      await runner.single((connection) => acknowledge(connection, params));
      fanOut.acknowledged();
    },
    onChanged: ({ owner, listener }) => fanOut.onChanged(owner, listener),
    onFreed: ({ owner, listener }) => fanOut.onFreed(owner, listener),
  };
}

/** Resolves when no owner of the endpoint may still send under an older version. */
export async function awaitAcknowledged(
  { runner, fanOut }: { runner: Runner; fanOut: FanOut },
  change: Parameters<EndpointStore["acknowledged"]>[0],
): Promise<void> {
  await fanOut.waiters.until(async (round) => {
    if (!(await runner.single((connection) => isAwaited(connection, change)))) return null;
    return Math.min(FIRST_WAIT_MS * 2 ** round, LAST_WAIT_MS);
  });
}
