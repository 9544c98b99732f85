/** Endpoints as the queue needs them: the fields for matching, their shard, and their breaker. */
import type { FencedEndpoints } from "../../queue/queue-statements.ts";
import type { Connection } from "../connection.ts";
import { findLeaseClock, type LeaseClock, leaseNow } from "../cluster/lease-clock.ts";
import type { RoutedEndpoint } from "../../queue/routed-endpoint.ts";

type Row = Omit<RoutedEndpoint, "endpointId" | "eventTypes" | "channels" | "tags" | "lines"> & {
  readonly id: string;
  readonly eventTypes: string | null;
  readonly channels: string | null;
  readonly tags: string | null;
  readonly lines: string | null;
};

const COLUMNS = `endpoint.seq, endpoint.id, endpoint.app_seq, endpoint.dialect, endpoint.status,
  endpoint.event_types, endpoint.channels, endpoint.tags, endpoint.lines, endpoint.wants_history,
  endpoint.filter,
  endpoint.shard, endpoint.version, endpoint.parked_ms, endpoint.parked_at, endpoint.skip_after_ms,
  shard.fence, state.probe_at,
  CASE WHEN node.lease_until > ${leaseNow(2)} THEN node.owner END AS owner`;
const JOINS = `JOIN shard ON shard.shard = endpoint.shard
  LEFT JOIN node ON node.owner = shard.owner
  LEFT JOIN endpoint_state state ON state.endpoint_seq = endpoint.seq AND state.breaker = 'open'`;

/** Endpoints of any status, deleted ones included. Unknown ids are left out. */
export async function loadEndpointsById(
  connection: Connection & { readonly node: LeaseClock },
  ids: readonly string[],
): Promise<ReadonlyMap<string, RoutedEndpoint>> {
  const rows = await load(connection, "endpoint.id = ANY ($1::text[])", ids);
  return new Map(rows.map((endpoint) => [endpoint.endpointId, endpoint]));
}

export function toFenced(
  endpoints: ReadonlyMap<string, RoutedEndpoint>,
): FencedEndpoints<RoutedEndpoint> {
  const fences = new Map([...endpoints.values()].map(({ shard, fence }) => [shard, fence]));
  return { find: (id) => endpoints.get(id) ?? null, fence: (shard) => fences.get(shard) };
}

export async function loadEndpointsBySeq(
  connection: Connection & { readonly node: LeaseClock },
  seqs: readonly number[],
): Promise<ReadonlyMap<number, RoutedEndpoint>> {
  const rows = await load(connection, "endpoint.seq = ANY ($1::bigint[])", seqs);
  return new Map(rows.map((endpoint) => [endpoint.seq, endpoint]));
}

/** The endpoints of these apps that are not deleted, oldest first. */
export async function loadEndpointsOfApps(
  connection: Connection & { readonly node: LeaseClock },
  appSeqs: readonly number[],
): Promise<readonly RoutedEndpoint[]> {
  return await load(
    connection,
    "endpoint.app_seq = ANY ($1::bigint[]) AND endpoint.status <> 'deleted'",
    appSeqs,
  );
}

/** The endpoints that changed after the given version of their app's endpoints, deleted ones included. */
export async function loadChangedEndpoints(
  connection: Connection & { readonly node: LeaseClock },
  since: ReadonlyMap<number, number>,
): Promise<readonly RoutedEndpoint[]> {
  return await load(connection, "endpoint.list_version > asked.since", [...since.keys()], {
    tables: `unnest($1::bigint[], $3::bigint[]) AS asked (app_seq, since)
      JOIN endpoint ON endpoint.app_seq = asked.app_seq`,
    values: [[...since.values()]],
  });
}

async function load(
  connection: Connection & { readonly node: LeaseClock },
  where: string,
  given: readonly unknown[],
  { tables, values } = { tables: "endpoint", values: [] as readonly unknown[] },
): Promise<readonly RoutedEndpoint[]> {
  if (given.length === 0) return [];
  const rows = await connection.sql<Row>(
    `SELECT ${COLUMNS} FROM ${tables} ${JOINS} WHERE ${where}
     ORDER BY endpoint.app_seq, endpoint.seq`,
    [given, findLeaseClock(connection.node), ...values],
  );
  return rows.map(toEndpoint);
}

function toEndpoint(row: Row): RoutedEndpoint {
  const { id, ...rest } = row;
  return {
    ...rest,
    endpointId: id,
    dialect: row.dialect,
    status: row.status,
    eventTypes: toList(row.eventTypes),
    channels: toList(row.channels),
    tags: toList(row.tags),
    lines: toList(row.lines),
  };
}

function toList(text: string | null): readonly string[] | null {
  return text === null ? null : (JSON.parse(text) as string[]);
}
