/** Removes names from the rows of the search index. No slice is added and none is merged meanwhile. */
import type { SeenRow } from "../../search/statements.ts";
import type { Connection } from "../connection.ts";
import { toColumns } from "./merge.ts";
import { firstOfDay, toEntry, toPart, toText, withoutEntries } from "./segments.ts";

type Held = { readonly part: number; readonly segment: number; readonly names: Uint8Array };

export async function removeNames(tx: Connection, rows: readonly SeenRow[]): Promise<void> {
  if (rows.length === 0) return;
  // Locked in the order of their keys, so that two deletions wait for each other and never both.
  const held = await tx.sql<Held>(
    `SELECT seen.part, seen.segment, names
     FROM (SELECT DISTINCT given.part, last.segment
         FROM unnest($1::smallint[], $2::bigint[], $3::bigint[]) AS given (part, day, event)
           CROSS JOIN LATERAL (SELECT segment FROM seen WHERE seen.part = given.part
             AND segment >= given.day AND segment <= given.event ORDER BY segment DESC LIMIT 1) AS last
       ) AS wanted
       JOIN seen ON seen.part = wanted.part AND seen.segment = wanted.segment
     ORDER BY seen.part, seen.segment FOR UPDATE OF seen`,
    [
      rows.map(({ key }) => toPart(key)),
      rows.map(({ eventSeq }) => firstOfDay(eventSeq)),
      rows.map(({ eventSeq }) => eventSeq),
    ],
  );
  const removed = Map.groupBy(rows, ({ key }) => toPart(key));
  const left = held.map(({ part, segment, names }) => {
    const ofPart = (removed.get(part) ?? []).filter(
      ({ eventSeq }) => firstOfDay(eventSeq) === firstOfDay(segment),
    );
    const entries = new Set(ofPart.map((row) => toText(toEntry(row))));
    return { part, segment, names: withoutEntries(names, entries) };
  });
  await tx.run(
    `DELETE FROM seen USING unnest($1::smallint[], $2::bigint[]) AS empty (part, segment)
     WHERE seen.part = empty.part AND seen.segment = empty.segment`,
    toColumns(left.filter(({ names }) => names.length === 0)).slice(0, 2),
  );
  await tx.run(
    `UPDATE seen SET names = changed.names
     FROM unnest($1::smallint[], $2::bigint[], $3::bytea[]) AS changed (part, segment, names)
     WHERE seen.part = changed.part AND seen.segment = changed.segment`,
    toColumns(left.filter(({ names }) => names.length > 0)),
  );
}
