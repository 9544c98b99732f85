/** Rows as arrays of their columns, for statements that write many at once. */
import { SUM_COLUMNS } from "../../series/columns.ts";
import type { Connection } from "../connection.ts";

/** Columns that are not TEXT. */
const TYPES: Readonly<Record<string, string>> = {
  seq: "bigint",
  jobSeq: "bigint",
  amount: "bigint",
  eventSeq: "bigint",
  snowflake: "bigint",
  endpointSeq: "bigint",
  part: "integer",
  state: "integer",
  dueAt: "bigint",
  slot: "integer",
  attempts: "integer",
  baseAt: "bigint",
  manual: "boolean",
  acceptedAt: "bigint",
  bytes: "bigint",
  ordinal: "integer",
  encrypted: "bytea",
  secretHash: "bytea",
  tokensEndAt: "bigint",
  exchanges: "integer",
  expiresAt: "bigint",
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
  endsAt: "bigint",
  createdAt: "bigint",
  updatedAt: "bigint",
  breakerChangedAt: "bigint",
  probeAt: "bigint",
  probeStep: "integer",
  probeFailedAt: "bigint",
  pausedUntil: "bigint",
  position: "bigint",
  deliverAt: "bigint",
  occurredAt: "bigint",
  parentSeq: "bigint",
  expungeAt: "bigint",
  finishedAt: "bigint",
  failedApp: "bigint",
  skipAt: "bigint",
  fence: "bigint",
  contactId: "bigint",
  deviceId: "bigint",
  lineSeq: "bigint",
  changedAt: "bigint",
  optedOut: "boolean",
  content: "bytea",
  sizeBytes: "bigint",
  place: "bigint",
  reached: "bigint",
  newestEndpoint: "bigint",
  remaining: "bigint",
  deliverySeq: "bigint",
  at: "bigint",
  durationMs: "integer",
  statusCode: "integer",
  succeeded: "boolean",
  resent: "boolean",
  pending: "integer",
  parked: "integer",
  ...Object.fromEntries(SUM_COLUMNS.map((name) => [name, "integer"])),
};

/** Rows for one statement: the names of the columns, and an array per column for `unnest`. */
export function columnArrays(rows: readonly Readonly<Record<string, unknown>>[]): {
  readonly names: readonly string[];
  readonly unnest: string;
  readonly values: readonly unknown[][];
} {
  const keys = Object.keys(rows[0] ?? {});
  return {
    names: keys.map(toColumn),
    unnest: toUnnest(keys),
    values: keys.map((key) => rows.map((row) => row[key])),
  };
}

/** The arrays of these columns, in the order of their parameters. */
export function toUnnest(keys: readonly string[]): string {
  return `unnest(${keys.map((key, i) => `$${i + 1}::${TYPES[key] ?? "text"}[]`).join(", ")})`;
}

/** `appSeq` → `app_seq`. */
export function toColumn(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Assigns columns the values that `source` has for them. */
export function toChanges(names: readonly string[], source: string): string {
  return names
    .map(toColumn)
    .map((column) => `${column} = ${source}.${column}`)
    .join(", ");
}

/** Inserts rows that all have the same columns. */
export async function insertRows(
  connection: Connection,
  table: string,
  rows: readonly Readonly<Record<string, unknown>>[],
): Promise<void> {
  if (rows.length === 0) return;
  const { names, unnest, values } = columnArrays(rows);
  await connection.run(
    `INSERT INTO ${table} (${names.join(", ")}) SELECT * FROM ${unnest}`,
    values,
  );
}
