/**
 * Changed endpoints and their acknowledgement across nodes (I11). A change of an endpoint leaves a row when its
 * shard has an owner. The owner sees the row, stops sending under older versions and deletes the row.
 */
import {
  acknowledgeSql,
  ADD_VERSIONS_SQL,
  addVersions,
  isAwaitedSql,
  type AwaitedVersions,
} from "../../queue/awaited-versions.ts";
import type { Connection } from "../connection.ts";
import { findLeaseClock, leaseNow } from "./lease-clock.ts";
import type { Node } from "./node.ts";
import type { ChangeNote } from "./after-commit.ts";

type Asking = Connection & { readonly node: Node };
export type EndpointChange = { readonly endpointId: string; readonly version: number };

/**
 * Call this in the transaction of the changes. `silent` are owners in this process that start no attempts and
 * acknowledge nothing.
 */
export async function keepChanges(
  connection: Asking,
  changes: readonly ChangeNote[],
  silent: readonly string[],
): Promise<void> {
  if (changes.length === 0) return;
  const versions = new Map<string, AwaitedVersions & { readonly shard: number }>();
  for (const { endpointId, shard, version } of changes) {
    // The database has the fence of the shard.
    const added = { first: version, last: version, fence: 0 };
    versions.set(endpointId, {
      shard,
      ...addVersions(versions.get(endpointId) ?? null, added),
    });
  }
  const rows = [...versions].toSorted(([a], [b]) => (a < b ? -1 : 1));
  await connection.run(
    `INSERT INTO endpoint_change (endpoint_id, shard, fence, version, latest)
     SELECT changed.endpoint_id, shard.shard, shard.fence, changed.version, changed.latest
     FROM unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[])
         changed (endpoint_id, shard, version, latest)
       JOIN shard ON shard.shard = changed.shard
       JOIN node ON node.owner = shard.owner AND node.lease_until > ${leaseNow(6)}
     WHERE NOT (node.owner = ANY ($5))
     ON CONFLICT (endpoint_id) DO UPDATE SET ${ADD_VERSIONS_SQL}`,
    [
      rows.map(([endpointId]) => endpointId),
      rows.map(([, { shard }]) => shard),
      rows.map(([, { first }]) => first),
      rows.map(([, { last }]) => last),
      silent,
      findLeaseClock(connection.node),
    ],
  );
}

/** Whether an attempt may still be sent under an older version of the endpoint. */
export async function isAwaited(
  connection: Asking,
  { endpointId, version }: EndpointChange,
): Promise<boolean> {
  const rows = await connection.sql(
    `SELECT 1 FROM endpoint_change changed
       JOIN shard ON shard.shard = changed.shard AND shard.fence = changed.fence
       JOIN node ON node.owner = shard.owner AND node.lease_until > ${leaseNow(3)}
     WHERE changed.endpoint_id = $1 AND ${isAwaitedSql("changed", "$2")}`,
    [endpointId, version, findLeaseClock(connection.node)],
  );
  return rows.length > 0;
}

/** Changes that owners in this process must acknowledge, with the owner. */
export async function changesFor(
  connection: Connection,
  owners: readonly string[],
): Promise<readonly (EndpointChange & { readonly owner: string })[]> {
  if (owners.length === 0) return [];
  return await connection.sql(
    `SELECT changed.endpoint_id, changed.latest AS version, shard.owner FROM endpoint_change changed
       JOIN shard ON shard.shard = changed.shard AND shard.fence = changed.fence
     WHERE shard.owner = ANY ($1)`,
    [owners],
  );
}

/** Records that the owner starts no more attempts under this version or an older one. */
export async function acknowledge(
  connection: Connection,
  p: EndpointChange & { readonly owner: string },
): Promise<void> {
  const { endpointId, version, owner } = p;
  const values = [endpointId, version, owner];
  if ((await connection.run(ACKNOWLEDGE.end, values)) > 0) return;
  await connection.run(ACKNOWLEDGE.shorten, values);
}

const ACKNOWLEDGE = acknowledgeSql({
  endpointId: "$1",
  version: "$2",
  isOwn: `EXISTS (SELECT 1 FROM shard WHERE shard.shard = endpoint_change.shard
    AND shard.fence = endpoint_change.fence AND shard.owner = $3)`,
});
