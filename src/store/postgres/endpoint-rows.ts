/** Endpoint rows as PostgreSQL stores them. */
import { type EndpointRow, toEndpoint } from "../endpoint-row.ts";
import type { Endpoint, EncryptedSecret } from "../endpoints.ts";
import type { Connection } from "./connection.ts";

/** The app's endpoint with this id, or else with this uid, unless it is deleted. */
export async function findEndpoint(
  connection: Connection,
  appSeq: number,
  ref: string,
): Promise<EndpointRow | null> {
  const [byId] = await connection.sql<EndpointRow>(
    "SELECT * FROM endpoint WHERE id = $1 AND app_seq = $2 AND status <> 'deleted'",
    [ref, appSeq],
  );
  if (byId !== undefined) return byId;
  const [byUid] = await connection.sql<EndpointRow>(
    "SELECT * FROM endpoint WHERE app_seq = $1 AND uid = $2 AND status <> 'deleted'",
    [appSeq, ref],
  );
  return byUid ?? null;
}

/** The app's endpoints with these ids, except deleted ones, by id. */
export async function findEndpoints(
  connection: Connection,
  appSeq: number,
  ids: readonly string[],
): Promise<ReadonlyMap<string, EndpointRow>> {
  const rows = await connection.sql<EndpointRow>(
    `SELECT * FROM endpoint WHERE id = ANY ($1::text[]) AND app_seq = $2 AND status <> 'deleted'`,
    [ids, appSeq],
  );
  return new Map(rows.map((row) => [row.id, row]));
}

export async function loadEndpoint(
  connection: Connection,
  row: EndpointRow,
  appId: string,
): Promise<Endpoint> {
  const secrets = await readSecrets(connection, [row]);
  return toEndpoint(row, { appId, secrets: secrets.get(row.seq) ?? [] });
}

/** Returns the endpoints in the order of their rows. */
export async function loadEndpoints<Row extends EndpointRow>(
  connection: Connection,
  rows: readonly Row[],
  toAppId: (row: Row) => string,
): Promise<Endpoint[]> {
  const secrets = await readSecrets(connection, rows);
  return rows.map((row) =>
    toEndpoint(row, { appId: toAppId(row), secrets: secrets.get(row.seq) ?? [] }),
  );
}

type SecretRow = EncryptedSecret & { readonly endpointSeq: number };

/** Each endpoint's current secret first, then the older ones that still overlap, newest first. */
async function readSecrets(
  connection: Connection,
  rows: readonly EndpointRow[],
): Promise<ReadonlyMap<number, readonly EncryptedSecret[]>> {
  const bySeq = new Map<number, EncryptedSecret[]>();
  if (rows.length === 0) return bySeq;
  const found = await connection.sql<SecretRow>(
    `SELECT endpoint_seq, encrypted, created_at, expires_at FROM endpoint_secret
     WHERE endpoint_seq = ANY ($1::bigint[]) ORDER BY endpoint_seq, ordinal DESC`,
    [rows.map(({ seq }) => seq)],
  );
  for (const { endpointSeq, ...secret } of found) {
    const secrets = bySeq.get(endpointSeq);
    if (secrets === undefined) bySeq.set(endpointSeq, [secret]);
    else secrets.push(secret);
  }
  return bySeq;
}

/** Columns that are not TEXT. */
const TYPES: Readonly<Record<string, string>> = {
  seq: "bigint",
  appSeq: "bigint",
  wantsHistory: "boolean",
  encryptedHeaders: "bytea",
  throttleRate: "integer",
  timeoutMs: "integer",
  encryptedTls: "bytea",
  encryptedUserinfo: "bytea",
  shard: "integer",
  version: "bigint",
  parkedMs: "bigint",
  parkedAt: "bigint",
  createdAt: "bigint",
  updatedAt: "bigint",
};

/** Rows for one statement: the names of the columns, and an array per column for `unnest`. */
export function columnArrays(rows: readonly Readonly<Record<string, unknown>>[]): {
  readonly names: readonly string[];
  readonly unnest: string;
  readonly values: readonly unknown[][];
} {
  const keys = Object.keys(rows[0] ?? {});
  return {
    names: keys.map((key) => key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)),
    unnest: `unnest(${keys.map((key, i) => `$${i + 1}::${TYPES[key] ?? "text"}[]`).join(", ")})`,
    values: keys.map((key) => rows.map((row) => row[key])),
  };
}
