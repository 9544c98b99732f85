/** Endpoint rows: the one place that knows their columns. */
import type { EndpointStatus } from "../../core/decide-types.ts";
import type { Dialect } from "../../core/snapshot.ts";
import type { TlsVersion } from "../../core/tls-version.ts";
import type { AuthenticationStrategy, Endpoint, SealedSecret } from "../endpoints.ts";
import type { Connection } from "./connection.ts";

export type EndpointRow = {
  readonly seq: number;
  readonly id: string;
  readonly appSeq: number;
  readonly uid: string | null;
  readonly dialect: string;
  readonly status: string;
  readonly disabledReason: string | null;
  readonly url: string;
  readonly method: string;
  readonly description: string;
  readonly metadata: string;
  readonly eventTypes: string | null;
  readonly channels: string | null;
  readonly tags: string | null;
  readonly lines: string | null;
  readonly filter: string | null;
  readonly wantsHistory: number;
  readonly authentication: string;
  readonly sealedHeaders: Uint8Array | null;
  readonly headerNames: string;
  readonly throttleRate: number | null;
  readonly timeoutMs: number | null;
  readonly tlsMinVersion: string | null;
  readonly sealedTls: Uint8Array | null;
  readonly retrySchedule: string | null;
  readonly dialectOptions: string | null;
  readonly shard: number;
  readonly version: number;
  readonly parkedMs: number;
  readonly parkedAt: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
};

/** The endpoint with this id, else with this uid, that the app has and that is not deleted. */
export function findEndpoint(
  connection: Connection,
  appSeq: number,
  ref: string,
): EndpointRow | null {
  const row =
    connection
      .sql("SELECT * FROM endpoint WHERE id = ? AND appSeq = ? AND status <> 'deleted'")
      .get(ref, appSeq) ??
    connection
      .sql("SELECT * FROM endpoint WHERE appSeq = ? AND uid = ? AND status <> 'deleted'")
      .get(appSeq, ref);
  return (row as EndpointRow | undefined) ?? null;
}

export function endpointOf(connection: Connection, row: EndpointRow, appId: string): Endpoint {
  return {
    endpointId: row.id,
    appId,
    uid: row.uid,
    dialect: row.dialect as Dialect,
    status: row.status as EndpointStatus,
    disabledReason: row.disabledReason as Endpoint["disabledReason"],
    url: row.url,
    method: row.method as Endpoint["method"],
    description: row.description,
    metadata: JSON.parse(row.metadata) as Record<string, string>,
    eventTypes: listOrNull(row.eventTypes),
    channels: listOrNull(row.channels),
    tags: listOrNull(row.tags),
    lines: listOrNull(row.lines),
    filter: row.filter,
    wantsHistory: row.wantsHistory === 1,
    authentication: JSON.parse(row.authentication) as AuthenticationStrategy[],
    sealedHeaders: row.sealedHeaders,
    headerNames: JSON.parse(row.headerNames) as string[],
    secrets: readSecrets(connection, row.seq),
    throttleRate: row.throttleRate,
    timeoutMs: row.timeoutMs,
    tlsMinVersion: row.tlsMinVersion as TlsVersion | null,
    sealedTls: row.sealedTls,
    retrySchedule: listOrNull(row.retrySchedule),
    dialectOptions: row.dialectOptions,
    shard: row.shard,
    version: row.version,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
}

/** Every column that a change may set; the rest is set by `create` or by status transitions. */
export function changeableColumns(endpoint: Endpoint) {
  return {
    uid: endpoint.uid,
    disabledReason: endpoint.disabledReason,
    url: endpoint.url,
    method: endpoint.method,
    description: endpoint.description,
    metadata: JSON.stringify(endpoint.metadata),
    eventTypes: textOrNull(endpoint.eventTypes),
    channels: textOrNull(endpoint.channels),
    tags: textOrNull(endpoint.tags),
    lines: textOrNull(endpoint.lines),
    filter: endpoint.filter,
    wantsHistory: endpoint.wantsHistory ? 1 : 0,
    authentication: JSON.stringify(endpoint.authentication),
    sealedHeaders: endpoint.sealedHeaders,
    headerNames: JSON.stringify(endpoint.headerNames),
    throttleRate: endpoint.throttleRate,
    timeoutMs: endpoint.timeoutMs,
    tlsMinVersion: endpoint.tlsMinVersion,
    sealedTls: endpoint.sealedTls,
    retrySchedule: textOrNull(endpoint.retrySchedule),
    dialectOptions: endpoint.dialectOptions,
  };
}

/** Current secret first, then the newest of those in their overlap. */
function readSecrets(connection: Connection, endpointSeq: number): SealedSecret[] {
  const rows = connection
    .sql(
      `SELECT sealed, createdAt, expiresAt FROM endpointSecret
       WHERE endpointSeq = ? ORDER BY ordinal DESC`,
    )
    .all(endpointSeq);
  return rows.map((row) => ({
    sealed: row["sealed"] as Uint8Array,
    createdAt: row["createdAt"] as number,
    expiresAt: row["expiresAt"] as number | null,
  }));
}

function listOrNull<T>(text: string | null): readonly T[] | null {
  return text === null ? null : (JSON.parse(text) as T[]);
}

function textOrNull(list: readonly unknown[] | null): string | null {
  return list === null ? null : JSON.stringify(list);
}
