/**
 * Ids that publishers chose, and idempotency keys, in the same rotating tables. The rotation is copied with
 * the settings, so that each entry is kept for its full time.
 */
import type { Connection } from "../sqlite/connection.ts";
import { isMark, readMark, writeMark } from "../accept/idempotency-marks.ts";
import { DEDUPE_WINDOWS, IDEMPOTENCY_TABLES } from "../accept/rotation.ts";
import { WINDOW_KINDS } from "../accept/dedupe-window-kinds.ts";
import type { CopiedTable, Value } from "./copied-table.ts";
import { copiedId, copiedIdText, copiedNumber } from "./copied-ids.ts";

export const WINDOWS: readonly CopiedTable[] = [
  ...DEDUPE_WINDOWS.tables.map(windowTable),
  ...IDEMPOTENCY_TABLES.tables.map(idempotencyTable),
];

/** A message is identified by its event in PostgreSQL. If the event is gone, its id stays reserved. */
function windowTable(name: string): CopiedTable {
  const id = copiedIdText("event.acceptedAt", "event.seq");
  const gone = copiedIdText("0", `${name}.ref`);
  return {
    name,
    source: name,
    joins: `LEFT JOIN message ON ${name}.kind = ${WINDOW_KINDS.message} AND message.seq = ${name}.ref
      LEFT JOIN event ON event.seq =
        CASE WHEN ${name}.kind = ${WINDOW_KINDS.message} THEN message.eventSeq ELSE ${name}.ref END`,
    key: ["appSeq", "kind", "id"],
    columns: {
      app_seq: "bigint",
      kind: "smallint",
      id: "text",
      ref: { type: "bigint", from: `coalesce(${id}, ${gone})` },
    },
  };
}

function idempotencyTable(name: string): CopiedTable {
  return {
    name,
    source: name,
    key: ["scope", "key"],
    columns: {
      scope: "text",
      key: "text",
      body_hash: "text",
      resources: { type: "text", from: `${name}.resources`, convert: copiedResources },
      expires_at: "bigint",
    },
  };
}

/**
 * The resources of a publish are the app, its instant, and its events by number; otherwise they are public
 * ids.
 */
function copiedResources(value: Value, { sql }: Connection): Value {
  const [appId = "", acceptedAt = "", ...marks] = JSON.parse(String(value)) as string[];
  const isPublish = marks.length > 0 && /^\d+$/.test(acceptedAt) && marks.every(isMark);
  if (!isPublish) return value;
  const events = marks.map((text) => {
    const mark = readMark(text);
    const row = sql("SELECT acceptedAt FROM event WHERE seq = ?").get(mark.seq);
    const seq =
      row === undefined ? copiedNumber(mark.seq) : copiedId(row["acceptedAt"] as number, mark.seq);
    return writeMark({ ...mark, seq });
  });
  return JSON.stringify([appId, acceptedAt, ...events]);
}
