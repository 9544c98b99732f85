/**
 * Counts of an endpoint's deliveries by state, and of its attempts by outcome. The endpoint's index gives the
 * rows of a range of time. Each takes about a microsecond, in chunks, until the deadline of the query.
 */
import { findEndpoint } from "../endpoints/rows.ts";
import type { EndpointRow } from "../endpoints/endpoint-row.ts";
import type { AttemptCounts, EndpointStats, EndpointStore } from "../interface/endpoints.ts";
import type { Steps, Value } from "../session.ts";
import { findApp } from "../tenancy/app-row.ts";
import { RETRYING } from "./delivery-status.ts";
import { findFence } from "./fence.ts";
import type { HistorySession, OwnedRows } from "./session.ts";

type Params = Parameters<EndpointStore["stats"]>[0];

const CHUNK_ROWS = 20_000;

export function* endpointStats(s: HistorySession, p: Params): Steps<EndpointStats | null> {
  const endpoint = yield* findNamedEndpoint(s, p);
  if (endpoint === null) return null;
  const fence = yield* findFence(s, endpoint.shard);
  // Without an enabled endpoint nothing is tried again, so its deliveries only wait.
  const retries = endpoint.status === "enabled" ? RETRYING : "false";
  const counts = {
    success: "state = 1",
    pending: `state = 0 AND leased IS NOT TRUE AND NOT (${retries})`,
    sending: "state = 0 AND leased",
    fail: "state = 2",
    retrying: `leased IS NOT TRUE AND ${retries}`,
    canceled: "state = 3",
  };
  const rows = {
    table: "delivery",
    at: "accepted_at",
    columns: "state, slot, attempts, manual, fence = CAST(?7 AS BIGINT) AS leased",
    values: [fence],
  } as const;
  return yield* countRows(s, endpoint.seq, { ...p, ...rows, counts });
}

export function* endpointAttempts(s: HistorySession, p: Params): Steps<AttemptCounts | null> {
  const endpoint = yield* findNamedEndpoint(s, p);
  if (endpoint === null) return null;
  const counts = { success: "succeeded", fail: "NOT succeeded" };
  const rows = { table: "attempt", at: "at", columns: "succeeded", values: [] } as const;
  return yield* countRows(s, endpoint.seq, { ...p, ...rows, counts });
}

function* findNamedEndpoint(
  s: HistorySession,
  p: { readonly appRef: string; readonly ref: string },
): Steps<EndpointRow | null> {
  const app = yield* findApp(s, p.appRef);
  return app === null ? null : yield* findEndpoint(s, app.seq, p.ref);
}

type Counted<Name extends string> = Readonly<Record<Name | "rows", number>> & {
  /** The greatest id that was read. */
  readonly last: number | null;
};

/**
 * Counts the rows from `since` to before `until` by the conditions in `counts`. Rows of hidden events are left
 * out. `values` are those of `columns`, from `?7` on.
 */
function* countRows<Name extends string>(
  s: HistorySession,
  endpointSeq: number,
  p: {
    readonly table: OwnedRows["table"];
    readonly at: string;
    readonly columns: string;
    readonly values: readonly Value[];
    readonly since: number | null;
    readonly until: number | null;
    readonly counts: Readonly<Record<Name, string>>;
  },
): Steps<Record<Name, number>> {
  const names = Object.keys(p.counts) as Name[];
  const since = Math.max(p.since ?? 0, s.horizon());
  const until = p.until ?? Number.MAX_SAFE_INTEGER;
  const sums = names.map(
    (name) => `count(*) FILTER (WHERE counts AND (${p.counts[name]})) AS ${name}`,
  );
  const text = `SELECT max(seq) AS last, count(*) AS rows, ${sums.join(", ")}
    FROM (SELECT seq, ${p.columns}, ${p.at} >= ?1 AND ${p.at} < ?2 AND event_seq >= ?3 AS counts
      FROM ${p.table} WHERE endpoint_seq = ?4 AND seq >= ?5 AND seq < ?6
      ORDER BY seq LIMIT ${CHUNK_ROWS}) AS chunk`;
  const total = Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;
  const range = yield* s.placesOfTime(p.table, { since, until: p.until });
  yield* s.beginScan();
  for (let { low } = range; ; s.checkDeadline()) {
    const values = [since, until, s.leastEvent(), endpointSeq, low, range.high, ...p.values];
    const chunk = (yield* s.one<Counted<Name>>(text, values)) as Counted<Name>;
    for (const name of names) total[name] += chunk[name];
    if (chunk.last === null || chunk.rows < CHUNK_ROWS) return total;
    low = chunk.last + 1;
  }
}
