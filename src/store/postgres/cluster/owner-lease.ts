/**
 * Data under an owner's lease may be written only while the lease is valid. A takeover of an owner's shards
 * takes the owner's lock alone. So after this call, either everything is written before the takeover, or the
 * lease is seen to have ended.
 */
import { findLeaseClock, leaseNow } from "./lease-clock.ts";
import { lockShared } from "../server/locks.ts";
import type { Tx } from "../types.ts";

/** Those of the owners whose lease stays valid until this transaction has ended. */
export async function keepLeases(tx: Tx, owners: readonly string[]): Promise<ReadonlySet<string>> {
  if (owners.length === 0) return new Set();
  const [, rows] = await Promise.all([
    lockShared(tx, "owner", owners),
    tx.sql<{ owner: string }>(
      `SELECT owner FROM node WHERE owner = ANY ($1) AND lease_until > ${leaseNow(2)}`,
      [owners, findLeaseClock(tx.node)],
    ),
  ]);
  return new Set(rows.map(({ owner }) => owner));
}

/**
 * Keeps the fences of these shards, as `read` and later statements see them, until this transaction has
 * ended. The exception is a shard without an owner: there the fence of each delivery shows which writer is
 * late.
 */
export async function keepFences<T>(
  tx: Tx,
  shards: readonly number[],
  read: () => Promise<T>,
): Promise<T> {
  const owners = new Set<string>();
  const unknown: number[] = [];
  for (const shard of new Set(shards)) {
    const holder = tx.node.shards.holder(shard);
    if (holder === null) unknown.push(shard);
    else owners.add(holder.owner);
  }
  for (const owner of await loadOwners(tx, unknown)) owners.add(owner);
  const [, value] = await Promise.all([lockShared(tx, "owner", [...owners]), read()]);
  return value;
}

async function loadOwners(tx: Tx, shards: readonly number[]): Promise<readonly string[]> {
  if (shards.length === 0) return [];
  const rows = await tx.sql<{ owner: string }>(
    "SELECT DISTINCT owner FROM shard WHERE shard = ANY ($1::int[]) AND owner IS NOT NULL",
    [shards],
  );
  return rows.map(({ owner }) => owner);
}
