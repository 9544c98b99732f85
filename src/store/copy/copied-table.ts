/**
 * How a table is copied, as data: its columns in PostgreSQL, and the source of each in the file. Rows are
 * read in the order of a key, so that a copy can continue behind any row.
 */
import type { Connection } from "../sqlite/connection.ts";

export type ColumnType = "bigint" | "integer" | "smallint" | "boolean" | "text" | "bytea";
/** A value of a column as SQLite returns it. */
export type Value = string | number | Uint8Array | null;

export type Column =
  /** Taken from the column of the same name in camelCase. */
  | ColumnType
  | {
      readonly type: ColumnType;
      /** An expression over the rows of the file. */
      readonly from: string;
      /** Conversion for values that no expression can compute. */
      readonly convert?: (value: Value, source: Connection) => Value;
    };

export type CopiedTable = {
  readonly name: string;
  /** Table name in the file, or an alias for `rows`. */
  readonly source: string;
  /** Source of the rows when it is not one whole table. */
  readonly rows?: string;
  /** Joins that `columns` need. They never add or remove a row. */
  readonly joins?: string;
  /** Columns that are unique together in the file. */
  readonly key: readonly string[];
  readonly columns: Readonly<Record<string, Column>>;
  /** True when the table is partitioned by the day of its first column. */
  readonly isDaily?: boolean;
};

/** Maps `endpoint_seq` of the table `delivery` to `delivery.endpointSeq`. */
export function sourceColumn(source: string, name: string): string {
  return `${source}.${name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())}`;
}
