/**
 * Ownership of shards. An owner has one lease, by the clock of the store, and its shards are its own while that
 * is valid. The fence of a shard grows with every new owner. A delivery is leased while it carries the fence of
 * its shard. So a new owner finds all deliveries of the former one due, and late outcomes are stale (I2).
 */
import type { HeldShard, ShardStore } from "../interface/shards.ts";
import type { Session, Steps } from "../session.ts";

/** The leases of owners, by the clock of the store. */
export type LeaseStatements = {
  /** Waits for all writes under the owner's lease, and keeps new ones waiting. */
  lock(owner: string): Steps<void>;
  isValid(owner: string): Steps<boolean>;
  /** Begins or renews the owner's lease, which applies to its present shards. */
  save(owner: string, leaseMs: number): Steps<void>;
  end(owner: string): Steps<void>;
  /** Frees the shards of owners whose lease has ended. */
  freeExpired(): Steps<void>;
};

/**
 * Renews the lease, releases shards above `atMost`, and takes free ones, lowest number first. `withNewFences`
 * takes the held shards under higher fences, as after the end of the lease.
 */
export function* hold(
  s: Session,
  leases: LeaseStatements,
  p: Parameters<ShardStore["hold"]>[0] & { readonly withNewFences: boolean },
): Steps<readonly HeldShard[]> {
  const { owner, atMost } = p;
  yield* leases.lock(owner);
  // The owner itself may return late. Its former leases may be due again, so its fences grow, too.
  if (p.withNewFences || !(yield* leases.isValid(owner))) yield* free(s, owner, 0);
  const mine = yield* s.all<HeldShard>(
    "SELECT shard, fence FROM shard WHERE owner = ?1 ORDER BY shard",
    [owner],
  );
  if (mine.length > atMost) yield* free(s, owner, atMost);
  const kept = mine.slice(0, atMost);
  const taken = kept.length < atMost ? yield* take(s, leases, owner, atMost - kept.length) : [];
  yield* leases.save(owner, p.leaseMs);
  return [...kept, ...taken].toSorted((a, b) => a.shard - b.shard);
}

export function* release(s: Session, leases: LeaseStatements, owner: string): Steps<void> {
  yield* leases.lock(owner);
  yield* free(s, owner, 0);
  yield* leases.end(owner);
}

/** Frees the owner's shards behind the first `kept`. */
function* free(s: Session, owner: string, kept: number): Steps<void> {
  yield* s.run(
    `UPDATE shard SET owner = NULL WHERE owner = ?1
       AND shard NOT IN (SELECT shard FROM shard WHERE owner = ?1 ORDER BY shard LIMIT ?2)`,
    [owner, kept],
  );
}

function* take(
  s: Session,
  leases: LeaseStatements,
  owner: string,
  count: number,
): Steps<readonly HeldShard[]> {
  yield* leases.freeExpired();
  return yield* s.all<HeldShard>(
    `UPDATE shard SET owner = ?1, fence = fence + 1 WHERE shard IN
       (SELECT shard FROM shard WHERE owner IS NULL ORDER BY shard LIMIT ?2
        ${s.sql.skipLocked("shard")})
     RETURNING shard, fence`,
    [owner, count],
  );
}
