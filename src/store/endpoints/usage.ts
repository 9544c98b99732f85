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
type Used = { readonly [K in "endpoints" | "payloadFilters" | keyof typeof COLUMNS]: number };

/** The changes of one transaction, added up. */
export type UsageChange = { -readonly [K in keyof Used]: Used[K] };

export function noChange(): UsageChange {
  return { endpoints: 0, payloadFilters: 0, filterBytes: 0, endpointBytes: 0 };
}

/** Adds an endpoint with these columns, or removes it. */
export function countEndpoint(change: UsageChange, columns: Measured, by: 1 | -1): void {
  change.endpoints += by;
  if (columns.filter !== null) change.payloadFilters += by;
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
  for (const name of ["endpoints", "payloadFilters", "filterBytes", "endpointBytes"] as const) {
    after[name] += change[name];
    const limit = limitOf(s.limits, own, name);
    if (change[name] > 0 && after[name] > limit) throw refuseLimit(LIMITS[name], limit);
  }
  if (Object.values(change).every((by) => by === 0)) return;
  yield* s.run(
    `UPDATE app SET endpoint_count = ?1, payload_filter_count = ?2, filter_bytes = ?3, endpoint_bytes = ?4
     WHERE seq = ?5`,
    [after.endpoints, after.payloadFilters, after.filterBytes, after.endpointBytes, app.seq],
  );
}

export function toUsed(app: AppRow): UsageChange {
  const { endpointCount, payloadFilterCount, filterBytes, endpointBytes } = app;
  return {
    endpoints: endpointCount,
    payloadFilters: payloadFilterCount,
    filterBytes,
    endpointBytes,
  };
}

type Sums<From extends string> = {
  readonly [
    K in "Endpoints" | "PayloadFilters" | "FilterBytes" | "EndpointBytes" as `${From}${K}`
  ]: number;
};

/** Part of `hookline check`: applications whose sums differ from the rows of their live endpoints. */
export function* findMiscounted(s: Session, limit: number): Steps<readonly string[]> {
  const rows = yield* s.all<Pick<AppRow, "id"> & Sums<"counted"> & Sums<"found">>(
    `SELECT * FROM (
       SELECT id, seq, endpoint_count AS counted_endpoints, payload_filter_count AS counted_payload_filters,
         filter_bytes AS counted_filter_bytes, endpoint_bytes AS counted_endpoint_bytes,
         coalesce(endpoints, 0) AS found_endpoints, coalesce(filters, 0) AS found_payload_filters,
         coalesce(filter_octets, 0) AS found_filter_bytes, coalesce(octets, 0) AS found_endpoint_bytes
       FROM app LEFT JOIN (
         SELECT app_seq, count(*) AS endpoints, count(filter) AS filters,
           sum(${toSum("filterBytes")}) AS filter_octets, sum(${toSum("endpointBytes")}) AS octets
         FROM endpoint WHERE status <> 'deleted' GROUP BY app_seq) AS used ON app_seq = seq) AS compared
     WHERE counted_endpoints <> found_endpoints OR counted_payload_filters <> found_payload_filters
       OR counted_filter_bytes <> found_filter_bytes OR counted_endpoint_bytes <> found_endpoint_bytes
     ORDER BY seq LIMIT ?1`,
    [limit],
  );
  return rows.map(
    (row) =>
      `${row.id}: its row counts ${row.countedEndpoints} endpoints and ${row.countedPayloadFilters} payload filters, with ${row.countedFilterBytes} bytes of filters and ${row.countedEndpointBytes} others; the endpoints have ${row.foundEndpoints}, ${row.foundPayloadFilters}, ${row.foundFilterBytes} and ${row.foundEndpointBytes}.`,
  );
}

/** SQL for the octets of one endpoint. */
function toSum(limit: keyof typeof COLUMNS): string {
  return COLUMNS[limit]
    .map((name) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`))
    .map((column) => `coalesce(octet_length(${column}), 0)`)
    .join(" + ");
}
