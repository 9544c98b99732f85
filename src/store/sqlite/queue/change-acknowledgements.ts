/**
 * Acknowledgements of changed endpoints (I11). With SQLite every owner is in this process, so the versions that
 * they have not acknowledged are kept here.
 */
import type { HeldShard, ShardStore } from "../../interface/shards.ts";
import { createAcknowledgementWaiters } from "../../queue/acknowledgement-waiters.ts";
import {
  acknowledgeVersion,
  addVersions,
  isAwaited,
  type AwaitedVersions,
} from "../../queue/awaited-versions.ts";
import type { ChangeNote } from "../thread/after-commit.ts";

type Waiting = AwaitedVersions & { readonly shard: number };
type Lease = { readonly owner: string; readonly fence: number; readonly until: number };
type OwnerListener = Parameters<ShardStore["onChanged"]>[0]["listener"];

export type ChangeAcknowledgements = {
  listen(owner: string, listener: OwnerListener): void;
  changed(change: ChangeNote): void;
  held(p: { owner: string; leaseUntil: number; shards: readonly HeldShard[] }): void;
  released(owner: string): void;
  acknowledge(p: { owner: string; endpointId: string; version: number }): void;
  acknowledged(p: { endpointId: string; version: number }): Promise<void>;
};

export function createChangeAcknowledgements(leaseClock: () => number): ChangeAcknowledgements {
  const listeners = new Map<string, OwnerListener>();
  const leases = new Map<number, Lease>();
  const waiting = new Map<string, Waiting>();
  const waiters = createAcknowledgementWaiters();

  /** The lease under which an older version of the endpoint may still be used; null when none. */
  function leaseWaitedFor(endpointId: string, version: number): Lease | null {
    const change = waiting.get(endpointId);
    if (change === undefined || !isAwaited(change, version)) return null;
    const lease = leases.get(change.shard);
    if (lease?.fence === change.fence && lease.until > leaseClock()) return lease;
    waiting.delete(endpointId);
    return null;
  }

  return {
    listen(owner, listener) {
      listeners.set(owner, listener);
    },
    changed({ endpointId, version, shard }) {
      const lease = leases.get(shard);
      // An owner without a listener starts no attempts.
      const listener = lease === undefined ? undefined : listeners.get(lease.owner);
      if (lease === undefined || listener === undefined || lease.until <= leaseClock()) return;
      const added = { first: version, last: version, fence: lease.fence };
      waiting.set(endpointId, { shard, ...addVersions(waiting.get(endpointId) ?? null, added) });
      listener({ endpointId, version });
    },
    held({ owner, leaseUntil, shards }) {
      const kept = new Set(shards.map(({ shard }) => shard));
      for (const [shard, lease] of leases) {
        if (lease.owner === owner && !kept.has(shard)) leases.delete(shard);
      }
      for (const { shard, fence } of shards) leases.set(shard, { owner, fence, until: leaseUntil });
      waiters.wake();
    },
    released(owner) {
      for (const [shard, lease] of leases) if (lease.owner === owner) leases.delete(shard);
      waiters.wake();
    },
    acknowledge({ owner, endpointId, version }) {
      const change = waiting.get(endpointId);
      const lease = change === undefined ? undefined : leases.get(change.shard);
      if (change === undefined || lease?.owner !== owner || lease.fence !== change.fence) return;
      const left = acknowledgeVersion(change, version);
      if (left === null) waiting.delete(endpointId);
      else waiting.set(endpointId, { shard: change.shard, ...left });
      waiters.wake();
    },
    async acknowledged({ endpointId, version }) {
      await waiters.until(() => {
        const lease = leaseWaitedFor(endpointId, version);
        return lease === null ? null : Math.max(1, lease.until - leaseClock());
      });
    },
  };
}
