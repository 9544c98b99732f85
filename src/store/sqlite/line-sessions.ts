/**
 * Sessions of registered lines. A row is a live session; ending one deletes it, so that a line is
 * never searched among what it once had.
 */
import type { RegisteredLine } from "../tenancy.ts";
import type { Connection } from "./connection.ts";
import { toLine, type LineRow } from "../line-row.ts";
import type { Writer } from "./writer-types.ts";

const MOST_OF_LINE = 1_000;

export function openSession(
  writer: Writer,
  p: { lineId: string; sessionHash: Uint8Array; now: number },
): boolean {
  // Deleting an app takes the ids of its lines, so one that is found is of a live app.
  const line = writer.sql("SELECT seq FROM line WHERE lineId = ?").get(p.lineId);
  if (line === undefined) return false;
  const lineSeq = line["seq"] as number;
  // Before the new one is there, so that whatever the clock did it is not the one that ends.
  writer
    .sql(
      `DELETE FROM lineSession WHERE sessionHash IN
         (SELECT sessionHash FROM lineSession WHERE lineSeq = ?
          ORDER BY createdAt DESC LIMIT -1 OFFSET ${MOST_OF_LINE - 1})`,
    )
    .run(lineSeq);
  writer
    .sql("INSERT INTO lineSession (sessionHash, lineSeq, createdAt) VALUES (?, ?, ?)")
    .run(p.sessionHash, lineSeq, p.now);
  return true;
}

/** Asked for every authenticated request: one look-up by the hash, two by rowid. */
export function findSession(
  connection: Connection,
  p: { sessionHash: Uint8Array },
): RegisteredLine | null {
  const row = connection
    .sql(
      `SELECT line.*, app.id AS appId FROM lineSession
       JOIN line ON line.seq = lineSession.lineSeq JOIN app ON app.seq = line.appSeq
       WHERE sessionHash = ? AND lineId IS NOT NULL AND app.deletedAt IS NULL`,
    )
    .get(p.sessionHash);
  return row === undefined ? null : toLine(row as LineRow);
}

export function endSession(writer: Writer, p: { sessionHash: Uint8Array; now: number }): boolean {
  return writer.sql("DELETE FROM lineSession WHERE sessionHash = ?").run(p.sessionHash).changes > 0;
}
