/**
 * Slices of the search index, and their merging. Rows are written twice in all, and never grow: a row that grew with
 * each slice would leave its former states behind, which are several times as much as the index.
 */
import { DAY_MS, firstRowId, toInstant } from "../accept/row-ids.ts";
import type { Connection } from "../connection.ts";
import { PARTS, ROW_BYTES, type PartRow } from "./segments.ts";

/** A row without names under this number marks a slice that is not merged yet. */
const SLICE = -1;
const SLICES_PER_SEGMENT = 8;
const EVERY_PART = Array.from({ length: PARTS }, (_, part) => part);

export async function addSlice(tx: Connection, rows: readonly PartRow[]): Promise<void> {
  const segment = Math.min(...rows.map((row) => row.segment));
  const written = [{ part: SLICE, segment, names: Buffer.alloc(0) }, ...rows];
  await tx.run(
    `INSERT INTO seen (part, segment, names)
     SELECT * FROM unnest($1::smallint[], $2::bigint[], $3::bytea[])`,
    toColumns(written),
  );
}

/**
 * Merges the slices of a day once they are enough. The last ones of a day stay as they are: their room would never be
 * used again, and a look-up reads a few rows more.
 */
export async function mergeSlices(tx: Connection, day: number): Promise<void> {
  const until = firstRowId(toInstant(day) + DAY_MS);
  const [first, ...others] = await tx.sql<{ segment: number }>(
    "SELECT segment FROM seen WHERE part = $1 AND segment >= $2 AND segment < $3 ORDER BY segment",
    [SLICE, day, until],
  );
  if (first === undefined || others.length + 1 < SLICES_PER_SEGMENT) return;
  await tx.run("DELETE FROM seen WHERE part = $1 AND segment >= $2 AND segment < $3", [
    SLICE,
    first.segment,
    until,
  ]);
  await tx.run(MERGE, [EVERY_PART, first.segment, until]);
}

/** Rows that follow each other become one of about `ROW_BYTES`, or two of a part with many names. */
const MERGE = `WITH slice AS (
    DELETE FROM seen WHERE part = ANY ($1::smallint[]) AND segment >= $2 AND segment < $3
    RETURNING part, segment, names
  ), placed AS (
    SELECT part, segment, names,
      (sum(octet_length(names)) OVER (PARTITION BY part ORDER BY segment) - octet_length(names))
        / ${ROW_BYTES} AS place
    FROM slice
  )
  INSERT INTO seen (part, segment, names)
  SELECT part, min(segment), string_agg(names, ''::bytea ORDER BY segment)
  FROM placed GROUP BY part, place`;

export function toColumns(rows: readonly PartRow[]): readonly unknown[] {
  return [
    rows.map(({ part }) => part),
    rows.map(({ segment }) => segment),
    rows.map(({ names }) => names),
  ];
}
