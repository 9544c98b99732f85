/** Reads about endpoints besides the endpoints: counts of their deliveries, and the fields for sending. */
import { type EndpointRow, type SendingColumns, toSending } from "../../endpoints/endpoint-row.ts";
import { type OutlookRow, toOutlook } from "../../endpoints/endpoint-outlook.ts";
import type { EndpointOutlook, EndpointStats, SendingEndpoint } from "../../interface/endpoints.ts";
import { findApp } from "../tenancy/apps.ts";
import { type ChunkCounts, countInChunks } from "./count-chunks.ts";
import { loadEndpoints, findEndpoint } from "../tenancy/endpoint-rows.ts";
import type { Reader } from "../types.ts";

const STATES = ["success", "pending", "sending", "fail", "canceled"] as const;

type Counted = ChunkCounts<keyof EndpointStats>;

/**
 * Counts the deliveries since `since` and before `until` by state. The index returns each row, and the row has
 * its state.
 */
export async function endpointStats(
  reader: Reader,
  p: { appRef: string; ref: string; since: number | null; until: number | null },
): Promise<EndpointStats | null> {
  const app = await findApp(reader, p.appRef);
  const endpoint = app === null ? null : await findEndpoint(reader, app.seq, p.ref);
  if (endpoint === null) return null;
  const fence = await findFence(reader, endpoint.shard);
  return await countInChunks(reader, { ...p, names: STATES }, async (chunk) => {
    const [counted] = await reader.sql<Counted>(
      `SELECT max(seq) AS last, count(*) AS rows,
         count(*) FILTER (WHERE counts AND state = 0 AND NOT leased) AS pending,
         count(*) FILTER (WHERE counts AND state = 0 AND leased) AS sending,
         count(*) FILTER (WHERE counts AND state = 1) AS success,
         count(*) FILTER (WHERE counts AND state = 2) AS fail,
         count(*) FILTER (WHERE counts AND state = 3) AS canceled
       FROM (SELECT seq, state, coalesce(fence = $1::bigint, false) AS leased,
           accepted_at >= $2 AND accepted_at < $3 AND event_seq >= $4 AS counts
         FROM delivery WHERE endpoint_seq = $5 AND seq >= $6 AND seq < $7
         ORDER BY seq LIMIT ${chunk.limit}) AS chunk`,
      [fence, chunk.since, chunk.until, chunk.leastEvent, endpoint.seq, chunk.low, chunk.high],
    );
    return counted as Counted;
  });
}

export async function endpointOutlook(
  reader: Reader,
  p: { appRef: string; ref: string },
): Promise<EndpointOutlook | null> {
  const app = await findApp(reader, p.appRef);
  const endpoint = app === null ? null : await findEndpoint(reader, app.seq, p.ref);
  if (endpoint === null) return null;
  const fence = await findFence(reader, endpoint.shard);
  const [row] = await reader.sql<OutlookRow>(
    `SELECT status, breaker, breaker_changed_at, probe_at, paused_until,
       (SELECT due_at FROM delivery WHERE endpoint_seq = endpoint.seq AND state = 0
          AND due_at IS NOT NULL AND fence IS DISTINCT FROM $2::bigint
        ORDER BY due_at LIMIT 1) AS due_at
     FROM endpoint LEFT JOIN endpoint_state ON endpoint_state.endpoint_seq = endpoint.seq
     WHERE endpoint.seq = $1`,
    [endpoint.seq, fence],
  );
  return toOutlook(row as OutlookRow);
}

/** A delivery with this fence is leased; null when the shard has no owner. */
async function findFence(reader: Reader, shard: number): Promise<number | null> {
  const [row] = await reader.sql<{ fence: number }>(
    "SELECT fence FROM shard WHERE shard = $1 AND owner IS NOT NULL",
    [shard],
  );
  return row?.fence ?? null;
}

type SendingRow = EndpointRow & SendingColumns & { readonly appId: string };

/** Returns the endpoints in the requested order, with two statements for any number of them. */
export async function endpointsForSending(
  reader: Reader,
  p: { endpointIds: readonly string[] },
): Promise<readonly SendingEndpoint[]> {
  const found = await reader.sql<SendingRow>(
    `SELECT endpoint.*, app.id AS app_id, app.throttle_rate AS app_throttle_rate,
       app.signature_headers AS app_signature_headers, health, breaker, breaker_changed_at, probe_at,
       probe_step, probe_failed_at, paused_until
     FROM endpoint JOIN app ON app.seq = endpoint.app_seq
     LEFT JOIN endpoint_state ON endpoint_state.endpoint_seq = endpoint.seq
     WHERE endpoint.id = ANY ($1::text[])`,
    [p.endpointIds],
  );
  const byId = new Map(found.map((row) => [row.id, row]));
  const rows = p.endpointIds.flatMap((id) => byId.get(id) ?? []);
  const endpoints = await loadEndpoints(reader, rows, ({ appId }) => appId);
  return endpoints.map((endpoint, i) => toSending(endpoint, rows[i] as SendingRow));
}
