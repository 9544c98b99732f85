/**
 * Acknowledgements of changed endpoints (I11). With SQLite every owner is in this process, so the pending
 * acknowledgements are kept here. A change waits for the owner of its shard at commit time, at most until the
 * end of that owner's lease.
 */
import type { HeldShard, ShardStore } from "../../interface/shards.ts";
import type { ChangeNote } from "../thread/after-commit.ts";

/** Versions from `first` to `last` are not acknowledged. */
type Waiting = {
  readonly first: number;
  readonly last: number;
  readonly shard: number;
  readonly owner: string;
};
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
  let wakeups: (() => void)[] = [];

  function wake(): void {
    const woken = wakeups;
    wakeups = [];
    for (const wakeup of woken) wakeup();
  }

  /** The lease under which an older version of the endpoint may still be used; null when none. */
  function leaseWaitedFor(endpointId: string, version: number): Lease | null {
    const change = waiting.get(endpointId);
    if (change === undefined || change.first > version) return null;
    const lease = leases.get(change.shard);
    if (lease?.owner === change.owner && lease.until > leaseClock()) return lease;
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
      const { owner } = lease;
      const before = waiting.get(endpointId);
      const first = before?.owner === owner ? before.first : version;
      waiting.set(endpointId, { first, last: version, shard, owner });
      listener({ endpointId, version });
    },
    held({ owner, leaseUntil, shards }) {
      const kept = new Set(shards.map(({ shard }) => shard));
      for (const [shard, lease] of leases) {
        if (lease.owner === owner && !kept.has(shard)) leases.delete(shard);
      }
      for (const { shard, fence } of shards) leases.set(shard, { owner, fence, until: leaseUntil });
      wake();
    },
    released(owner) {
      for (const [shard, lease] of leases) if (lease.owner === owner) leases.delete(shard);
      wake();
    },
    acknowledge({ owner, endpointId, version }) {
      const change = waiting.get(endpointId);
      if (change === undefined || change.owner !== owner) return;
      if (version >= change.last) waiting.delete(endpointId);
      else waiting.set(endpointId, { ...change, first: Math.max(change.first, version + 1) });
      wake();
    },
    async acknowledged({ endpointId, version }) {
      for (;;) {
        const lease = leaseWaitedFor(endpointId, version);
        if (lease === null) return;
        const { promise, resolve } = Promise.withResolvers<void>();
        wakeups.push(resolve);
        const timer = setTimeout(resolve, Math.max(1, lease.until - leaseClock()));
        await promise;
        clearTimeout(timer);
      }
    },
  };
}
