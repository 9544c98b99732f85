/** The session of the writer: effects of the store's rules on caches, the queue and operational events. */
import type { HistoryWriteSession } from "../history/session.ts";
import { WINDOW_KINDS } from "../accept/dedupe-window-kinds.ts";
import { idempotentSteps } from "../idempotency.ts";
import type { NewRow } from "../session.ts";
import type { Connection } from "./connection.ts";
import { queueStatements } from "./queue/queue-statements.ts";
import { fanOutStatements } from "./accept/fan-outs.ts";
import { idempotentRows } from "./accept/idempotency.ts";
import { findCreatedMessages } from "./history/created-messages.ts";
import { historySession } from "./history/session.ts";
import { seenWrites } from "./search/seen.ts";
import { bind, now, toText } from "./session.ts";
import type { Writer } from "./thread/writer-types.ts";

const LAST_EVENT = "SELECT max(seq) AS seq FROM event";

/** `toWriter` returns the writer that this session becomes a part of. */
export function writeSession(connection: Connection, toWriter: () => Writer): HistoryWriteSession {
  const { sql } = connection;
  return {
    ...historySession(connection),
    ...seenWrites(connection),
    ...queueStatements(toWriter),
    ...idempotentSteps(idempotentRows(connection)),
    get limits() {
      return toWriter().limits;
    },
    ...fanOutStatements(toWriter),
    findInWindow: (appSeq, eventId) =>
      now(() => toWriter().windows.find(appSeq, WINDOW_KINDS.event, eventId)),
    gatherWindows: () => now(() => toWriter().windows.moveAll()),
    lockApp: () => now(() => undefined),
    shareApps: () => now(() => undefined),
    endpointChanged: (change) => toWriter().afterCommit.changed(change),
    endpointsChanged: (appSeq, endpointIds) =>
      now(() => toWriter().state.forgetEndpoints(appSeq, endpointIds)),
    appChanged: (appSeq) => toWriter().state.forgetApp(appSeq),
    linesChanged: () => toWriter().registers.forgetLines(),
    contactsChanged: () => toWriter().registers.forgetAll(),
    insert: (table, rows) =>
      now(() => {
        const [first] = rows;
        if (first === undefined) return;
        const statement = sql(insertText(table, first));
        for (const row of rows) statement.run(...bind(Object.values(row)));
      }),
    insertReturning: (table, rows) =>
      now(() => {
        // RETURNING would make SQLite prepare a scan of every table that refers to this one.
        const select = sql(`SELECT * FROM ${toText(table)} WHERE seq = ?`);
        return rows.map((row) => {
          const { lastInsertRowid } = sql(insertText(table, row)).run(...bind(Object.values(row)));
          return select.get(lastInsertRowid) as never;
        });
      }),
    update: (table, keys, rows) =>
      now(() => {
        for (const row of rows) sql(updateText(table, row, keys)).run(...bind(Object.values(row)));
      }),
    updateReturning: (table, rows) =>
      now(() =>
        rows.map(
          (row) =>
            sql(`${updateText(table, row, ["seq"])} RETURNING *`).get(
              ...bind(Object.values(row)),
            ) as never,
        ),
      ),
    upsert: (table, rows, p) =>
      now(() => {
        for (const row of rows) sql(upsertText(table, row, p)).run(...bind(Object.values(row)));
      }),
    nextEventPlace: () =>
      now(() => ((sql(LAST_EVENT).get()?.["seq"] as number | null | undefined) ?? 0) + 1),
    deleteMessages: (eventSeqs) =>
      now(() => {
        const remove = sql("DELETE FROM message WHERE seq = ?");
        for (const seq of findCreatedMessages(connection, eventSeqs)) remove.run(seq);
      }),
    newDeliverySeqs: (count) =>
      now(() => Array.from({ length: count }, () => toWriter().sequences.next("delivery"))),
    loadQuotas: ({ seq, appSeq }) =>
      now(() => {
        const { backlog, pendingBytes } = toWriter();
        return {
          pending: backlog.pending(seq),
          bytes: pendingBytes.pending(appSeq),
        };
      }),
  };
}

function insertText(table: string, row: NewRow): string {
  const names = Object.keys(row);
  return `INSERT INTO ${toText(table)} (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`;
}

function upsertText(
  table: string,
  row: NewRow,
  { key, update }: { readonly key: string; readonly update: readonly string[] },
): string {
  const changes = update.map((name) => `${name} = excluded.${name}`).join(", ");
  return `${insertText(table, row)} ON CONFLICT (${key}) DO UPDATE SET ${changes}`;
}

function updateText(table: string, row: NewRow, keys: readonly string[]): string {
  const terms = Object.keys(row).map((name, i) => ({ name, term: `${name} = ?${i + 1}` }));
  const changes = terms.filter(({ name }) => !keys.includes(name)).map(({ term }) => term);
  const found = terms.filter(({ name }) => keys.includes(name)).map(({ term }) => term);
  return `UPDATE ${toText(table)} SET ${changes.join(", ")} WHERE ${found.join(" AND ")}`;
}
