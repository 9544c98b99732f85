/**
 * How a table is copied, as data: which columns of it there are in PostgreSQL, and where each comes
 * from in the file. Rows are read in the order of a key, so that a copy can go on behind any row.
 */
import type { Connection } from "../sqlite/connection.ts";

export type ColumnType = "bigint" | "integer" | "smallint" | "boolean" | "text" | "bytea";
/** What SQLite gives for a column. */
export type Value = string | number | Uint8Array | null;

export type Column =
  /** From the column of the same name in the program's spelling. */
  | ColumnType
  | {
      readonly type: ColumnType;
      /** An expression over the rows of the file. */
      readonly from: string;
      /** What no expression can do. */
      readonly convert?: (value: Value, source: Connection) => Value;
    };

export type CopiedTable = {
  readonly name: string;
  /** The name in the file, or one for `rows`. */
  readonly source: string;
  /** Where there is more, or less, to read than a whole table. */
  readonly rows?: string;
  /** Other tables that `columns` need a row of; never one row more or less. */
  readonly joins?: string;
  /** Unique in the file. */
  readonly key: readonly string[];
  readonly columns: Readonly<Record<string, Column>>;
  /** Divided by days of its first column. */
  readonly isDaily?: boolean;
};

/** `endpoint_seq` of the table `delivery` is `delivery.endpointSeq`. */
export function sourceColumn(source: string, name: string): string {
  return `${source}.${name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())}`;
}
