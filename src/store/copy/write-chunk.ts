/** Writes one chunk of a table in one statement. */
import type { Connection } from "../postgres/connection.ts";
import { toInstant } from "../postgres/accept/row-ids.ts";
import type { CopiedTable } from "./copied-table.ts";
import type { Chunk } from "./read-chunk.ts";

export async function writeChunk(
  connection: Connection,
  table: CopiedTable,
  { columns }: Chunk,
): Promise<void> {
  await connection.run(insertText(table), columns);
}

/** Returns the instants of the chunk's rows, from which their partitions follow. */
export function toInstants({ isDaily = false }: CopiedTable, { columns }: Chunk): Set<number> {
  const ids = isDaily ? (columns[0] as readonly number[]) : [];
  return new Set(ids.map(toInstant));
}

/** Rows keep their numbers, even in columns for which the database generates them. */
function insertText({ name, columns }: CopiedTable): string {
  const lists = Object.values(columns).map((column, i) => {
    const type = typeof column === "string" ? column : column.type;
    return `$${i + 1}::${type}[]`;
  });
  return `INSERT INTO ${name} (${Object.keys(columns).join(", ")}) OVERRIDING SYSTEM VALUE
    SELECT * FROM unnest(${lists.join(", ")})`;
}
