/** Queries about endpoints: counts of their deliveries, and the data for sending. */
import { type EndpointRow, type SendingColumns, toSending } from "../../endpoints/endpoint-row.ts";
import { type OutlookRow, toOutlook } from "../../endpoints/endpoint-outlook.ts";
import type { EndpointOutlook, EndpointStats, SendingEndpoint } from "../../interface/endpoints.ts";
import { findApp } from "../tenancy/apps.ts";
import type { Connection } from "../connection.ts";
import { loadEndpoint, findEndpoint } from "../tenancy/endpoint-rows.ts";
import { rangeOfTime } from "./time-position.ts";
import type { Reader } from "../thread/writer-types.ts";

const CHUNK = 20_000;

/**
 * Deliveries created from `since` inclusive to `until` exclusive, by state. The endpoint's index gives the
 * range, and each row its state. It takes about a microsecond per row, in chunks, under the reader's
 * deadline.
 */
export function endpointStats(
  reader: Reader,
  p: { appRef: string; ref: string; since: number | null; until: number | null },
): EndpointStats | null {
  const app = findApp(reader, p.appRef);
  const endpoint = app === null ? null : findEndpoint(reader, app.seq, p.ref);
  if (endpoint === null) return null;
  const shard = reader
    .sql("SELECT fence FROM shard WHERE shard = ? AND owner IS NOT NULL")
    .get(endpoint.shard);
  const fence = (shard?.["fence"] as number | undefined) ?? null;
  const stats = { success: 0, pending: 0, sending: 0, fail: 0, canceled: 0 };
  const range = rangeOfTime(reader, "delivery", p);
  let { low } = range;
  for (;;) {
    const chunk = reader
      .sql(
        `SELECT max(seq) AS last, count(*) AS rows,
           sum(counts AND state = 0 AND NOT leased) AS pending,
           sum(counts AND state = 0 AND leased) AS sending,
           sum(counts AND state = 1) AS success,
           sum(counts AND state = 2) AS fail,
           sum(counts AND state = 3) AS canceled
         FROM (SELECT seq, state, coalesce(fence = ?1, 0) AS leased,
             acceptedAt >= ?2 AND acceptedAt < ?3 AS counts
           FROM delivery WHERE endpointSeq = ?4 AND seq >= ?5 AND seq < ?6
           ORDER BY seq LIMIT ${CHUNK})`,
      )
      .get(
        fence,
        p.since ?? 0,
        p.until ?? Number.MAX_SAFE_INTEGER,
        endpoint.seq,
        low,
        range.high,
      ) as Record<keyof EndpointStats, number> & { last: number; rows: number };
    if (chunk.rows === 0) return stats;
    for (const state of Object.keys(stats) as (keyof EndpointStats)[]) stats[state] += chunk[state];
    if (chunk.rows < CHUNK) return stats;
    low = chunk.last + 1;
    reader.checkDeadline();
  }
}

export function endpointOutlook(
  reader: Reader,
  p: { appRef: string; ref: string },
): EndpointOutlook | null {
  const app = findApp(reader, p.appRef);
  const endpoint = app === null ? null : findEndpoint(reader, app.seq, p.ref);
  if (endpoint === null) return null;
  // The first row of the partial index delivery_due that is not leased.
  const row = reader
    .sql(
      `SELECT status, breaker, breakerChangedAt, probeAt, pausedUntil,
         (SELECT dueAt FROM delivery WHERE delivery.endpointSeq = endpoint.seq AND delivery.state = 0
            AND dueAt IS NOT NULL AND fence IS NOT (SELECT fence FROM shard
              WHERE shard.shard = endpoint.shard AND shard.owner IS NOT NULL)
          ORDER BY dueAt LIMIT 1) AS dueAt
       FROM endpoint LEFT JOIN endpointState ON endpointState.endpointSeq = endpoint.seq
       WHERE endpoint.seq = ?`,
    )
    .get(endpoint.seq);
  return toOutlook(row as OutlookRow);
}

export function endpointsForSending(
  connection: Connection,
  p: { endpointIds: readonly string[] },
): readonly SendingEndpoint[] {
  const found: SendingEndpoint[] = [];
  for (const id of p.endpointIds) {
    const row = connection
      .sql(
        `SELECT endpoint.*, app.id AS appId, app.throttleRate AS appThrottleRate,
           app.signatureHeaders AS appSignatureHeaders, health, breaker, breakerChangedAt, probeAt,
           probeStep, probeFailedAt, pausedUntil FROM endpoint
         JOIN app ON app.seq = endpoint.appSeq
         LEFT JOIN endpointState ON endpointState.endpointSeq = endpoint.seq
         WHERE endpoint.id = ?`,
      )
      .get(id) as (EndpointRow & SendingColumns & { appId: string }) | undefined;
    if (row === undefined) continue;
    found.push(toSending(loadEndpoint(connection, row, row.appId), row));
  }
  return found;
}
