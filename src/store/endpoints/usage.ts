/**
 * The use of an application's limits on endpoints. The sums are kept in the application's row and follow every
 * change of an endpoint in its transaction, so that no change counts all endpoints.
 */
import { LIMITS, limitOf } from "../../core/limits.ts";
import { refuseLimit } from "../../core/limits/limit.ts";
import type { Session, Steps, WriteSession } from "../session.ts";
import type { AppRow } from "../tenancy/app-row.ts";
import { toOwnLimits } from "../tenancy/own-limits.ts";
import type { EndpointRow } from "./endpoint-row.ts";

/** Columns of live endpoints whose octets a limit bounds, as the migrations name them. */
const COLUMNS = {
  filterBytes: ["eventTypes", "channels", "tags", "lines", "filter"],
  endpointBytes: [
    "uid",
    "url",
    "description",
    "metadata",
    "headerNames",
    "encryptedHeaders",
    "encryptedTls",
    "encryptedUserinfo",
    "dialectOptions",
  ],
} as const satisfies Record<string, readonly (keyof EndpointRow)[]>;

type Measured = Pick<EndpointRow, (typeof COLUMNS)[keyof typeof COLUMNS][number]>;
type Used = { readonly [K in "endpoints" | keyof typeof COLUMNS]: number };

/** The changes of one transaction, added up. */
export type UsageChange = { -readonly [K in keyof Used]: Used[K] };

export function noChange(): UsageChange {
  return { endpoints: 0, filterBytes: 0, endpointBytes: 0 };
}

/** Adds an endpoint with these columns, or removes it. */
export function countEndpoint(change: UsageChange, columns: Measured, by: 1 | -1): void {
  change.endpoints += by;
  for (const limit of ["filterBytes", "endpointBytes"] as const) {
    for (const column of COLUMNS[limit]) change[limit] += by * toOctets(columns[column]);
  }
}

function toOctets(value: string | Uint8Array | null): number {
  return value === null ? 0 : Buffer.byteLength(value);
}

/**
 * Saves the use after all changes of the transaction, whose application is locked. Refuses growth beyond a
 * limit. Everything above a limit that was lowered stays, and a change that does not grow passes.
 */
export function* saveUsage(s: WriteSession, app: AppRow, change: UsageChange): Steps<void> {
  const before = toUsed(app);
  const own = toOwnLimits(app.ownLimits);
  const after = { ...before };
  for (const name of ["endpoints", "filterBytes", "endpointBytes"] as const) {
    after[name] += change[name];
    const limit = limitOf(s.limits, own, name);
    if (change[name] > 0 && after[name] > limit) throw refuseLimit(LIMITS[name], limit);
  }
  if (Object.values(change).every((by) => by === 0)) return;
  yield* s.run(
    "UPDATE app SET endpoint_count = ?1, filter_bytes = ?2, endpoint_bytes = ?3 WHERE seq = ?4",
    [after.endpoints, after.filterBytes, after.endpointBytes, app.seq],
  );
}

export function toUsed(app: AppRow): UsageChange {
  const { endpointCount, filterBytes, endpointBytes } = app;
  return { endpoints: endpointCount, filterBytes, endpointBytes };
}

type Recounted = Pick<AppRow, "id" | "endpointCount" | "filterBytes" | "endpointBytes"> & {
  readonly endpoints: number;
  readonly filters: number;
  readonly others: number;
};

/** Part of `hookline check`: applications whose sums differ from the rows of their live endpoints. */
export function* findMiscounted(s: Session, limit: number): Steps<readonly string[]> {
  const rows = yield* s.all<Recounted>(
    `SELECT id, endpoint_count, filter_bytes, endpoint_bytes, coalesce(endpoints, 0) AS endpoints,
       coalesce(filters, 0) AS filters, coalesce(others, 0) AS others
     FROM app LEFT JOIN (
       SELECT app_seq, count(*) AS endpoints, sum(${toSum("filterBytes")}) AS filters,
         sum(${toSum("endpointBytes")}) AS others
       FROM endpoint WHERE status <> 'deleted' GROUP BY app_seq) AS used ON app_seq = seq
     WHERE endpoint_count <> coalesce(endpoints, 0) OR filter_bytes <> coalesce(filters, 0)
       OR endpoint_bytes <> coalesce(others, 0)
     ORDER BY seq LIMIT ?1`,
    [limit],
  );
  return rows.map(
    (row) =>
      `${row.id}: its row counts ${row.endpointCount} endpoints with ${row.filterBytes} bytes of filters and ${row.endpointBytes} others; the endpoints have ${row.endpoints}, ${row.filters} and ${row.others}.`,
  );
}

/** SQL for the octets of one endpoint. */
function toSum(limit: keyof typeof COLUMNS): string {
  return COLUMNS[limit]
    .map((name) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`))
    .map((column) => `coalesce(octet_length(${column}), 0)`)
    .join(" + ");
}
