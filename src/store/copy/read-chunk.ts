/** Reads a table of the file in chunks; each chunk continues behind the last row of the previous one. */
import type { Connection } from "../sqlite/connection.ts";
import { sourceColumn, type Column, type CopiedTable, type Value } from "./copied-table.ts";

export type Chunk = {
  readonly rows: number;
  /** One list of values per column of the table. */
  readonly columns: readonly (readonly (Value | boolean)[])[];
  /** Key of the last row, which is passed in for the next chunk; null when no row was left. */
  readonly last: string | null;
};

/** Small enough that an interrupted copy loses little, large enough to be worth a commit. */
const MAX_BYTES = 4 * 1024 * 1024;

export function countRows({ sql }: Connection, table: CopiedTable): number {
  const row = sql(`SELECT count(*) AS count FROM ${toRows(table)}`).get();
  return row?.["count"] as number;
}

/** Returns at most `limit` rows, fewer when they are long, and at least one while any are left. */
export function readChunk(
  source: Connection,
  table: CopiedTable,
  p: { readonly after: string | null; readonly limit: number },
): Chunk {
  const specs = Object.entries(table.columns);
  const columns = specs.map((): (Value | boolean)[] => []);
  const after = p.after === null ? [] : readKey(p.after);
  const query = source.arrays(p.after === null ? firstText(table) : nextText(table));
  let rows = 0;
  let bytes = 0;
  let key: readonly Value[] | null = null;
  for (const row of query.iterate(...after, p.limit) as Iterable<unknown>) {
    const values = row as readonly Value[];
    for (const [i, [, column]] of specs.entries()) {
      const value = toValue(column, values[i] as Value, source);
      (columns[i] as (Value | boolean)[]).push(value);
      bytes += toSize(value);
    }
    key = values.slice(specs.length);
    rows += 1;
    if (bytes >= MAX_BYTES) break;
  }
  return { rows, columns, last: key === null ? null : writeKey(key) };
}

function firstText(table: CopiedTable): string {
  return selectText(table, "");
}

function nextText(table: CopiedTable): string {
  const keys = toKeyColumns(table);
  return selectText(table, `WHERE (${keys.join(", ")}) > (${keys.map(() => "?").join(", ")})`);
}

function selectText(table: CopiedTable, where: string): string {
  const keys = toKeyColumns(table);
  const columns = Object.entries(table.columns).map(([name, column]) =>
    typeof column === "string" ? sourceColumn(table.source, name) : column.from,
  );
  return `SELECT ${[...columns, ...keys].join(", ")} FROM ${toRows(table)} ${where}
    ORDER BY ${keys.join(", ")} LIMIT ?`;
}

function toRows({ source, rows = source, joins = "" }: CopiedTable): string {
  return `${rows} ${joins}`;
}

function toKeyColumns({ source, key }: CopiedTable): readonly string[] {
  return key.map((column) => `${source}.${column}`);
}

function toValue(column: Column, value: Value, source: Connection): Value | boolean {
  if (value === null) return null;
  const type = typeof column === "string" ? column : column.type;
  if (type === "boolean") return value === 1;
  const convert = typeof column === "string" ? undefined : column.convert;
  const converted = convert === undefined ? value : convert(value, source);
  // PostgreSQL stores no text with U+0000; SQLite may have it in a receiver's answer.
  if (typeof converted === "string" && converted.includes("\0")) {
    return converted.replaceAll("\0", "\uFFFD");
  }
  return converted;
}

function toSize(value: Value | boolean): number {
  return typeof value === "string" || value instanceof Uint8Array ? value.length : 8;
}

/** Bytes are written as a list of one text, because a key contains no other lists. */
function writeKey(key: readonly Value[]): string {
  return JSON.stringify(
    key.map((value) =>
      value instanceof Uint8Array ? [Buffer.from(value).toString("base64")] : value,
    ),
  );
}

function readKey(text: string): (string | number | Uint8Array)[] {
  const key = JSON.parse(text) as (string | number | [string])[];
  return key.map((value) => (Array.isArray(value) ? Buffer.from(value[0], "base64") : value));
}
