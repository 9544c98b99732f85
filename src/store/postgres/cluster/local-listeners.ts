/** The engines in this process, by owner, and the notifications that they get. */
import type { ShardStore } from "../../interface/shards.ts";
import type { LeasedDelivery, LeasedListener } from "../../queue/leased-delivery.ts";
import type { DirectNote, DueNote } from "./after-commit.ts";
import type { Node } from "./node.ts";

type OwnerListener = Parameters<ShardStore["onChanged"]>[0]["listener"];
type ForwardedListener = (owner: string, shards: readonly number[]) => void;

export type LocalListeners = {
  listen(owner: string, onLeased: LeasedListener): void;
  onChanged(owner: string, listener: OwnerListener): void;
  onFreed(owner: string, listener: () => void): void;
  /** Deliveries were forwarded to these shards of an owner in this process. */
  onForwarded(listener: ForwardedListener): void;
  isListening(owner: string): boolean;
  /** Owners in this process that listen for changed endpoints. */
  owners(): readonly string[];
  /** Owners in this process that hold shards and have no engine: they start no attempts. */
  silentOwners(): readonly string[];
  notifyLeased(direct: readonly DirectNote[]): void;
  notifyDue(due: readonly DueNote[]): void;
  notifyChanged(owner: string, change: { endpointId: string; version: number }): void;
  notifyFreed(): void;
  notifyForwarded(forwarded: readonly number[]): void;
};

export function createLocalListeners(shards: () => Node["shards"]): LocalListeners {
  const engines = new Map<string, LeasedListener>();
  const owners = new Map<string, OwnerListener>();
  const waitingForShards = new Map<string, () => void>();
  let onForwarded: ForwardedListener = () => undefined;

  /** Returns the owner in this process that holds the shard. */
  const findOwner = (shard: number) => shards().holder(shard)?.owner;

  return {
    listen: (owner, onLeased) => void engines.set(owner, onLeased),
    onChanged: (owner, listener) => void owners.set(owner, listener),
    onFreed: (owner, listener) => void waitingForShards.set(owner, listener),
    onForwarded(listener) {
      onForwarded = listener;
    },
    isListening: (owner) => engines.has(owner),
    owners: () => [...owners.keys()],
    silentOwners: () =>
      shards()
        .owners()
        .filter((owner) => !owners.has(owner)),
    notifyLeased(direct) {
      const byOwner = new Map<string, LeasedDelivery[]>();
      for (const { owner, delivery } of direct) append(byOwner, owner, delivery);
      for (const [owner, deliveries] of byOwner) engines.get(owner)?.(deliveries, []);
    },
    notifyDue(due) {
      const byOwner = new Map<string, string[]>();
      for (const { endpointId, shard } of due) append(byOwner, findOwner(shard), endpointId);
      for (const [owner, endpointIds] of byOwner) engines.get(owner)?.([], endpointIds);
    },
    notifyChanged(owner, { endpointId, version }) {
      owners.get(owner)?.({ endpointId, version });
    },
    notifyFreed() {
      for (const onFreed of waitingForShards.values()) onFreed();
    },
    notifyForwarded(forwarded) {
      const byOwner = new Map<string, number[]>();
      for (const shard of forwarded) append(byOwner, findOwner(shard), shard);
      for (const [owner, own] of byOwner) onForwarded(owner, own);
    },
  };
}

/** Shards that another process holds have no owner here and are left out. */
function append<T>(lists: Map<string, T[]>, owner: string | undefined, item: T): void {
  if (owner === undefined) return;
  const list = lists.get(owner);
  if (list === undefined) lists.set(owner, [item]);
  else list.push(item);
}
