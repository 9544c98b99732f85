/** The session of the writer: effects of the store's rules on caches, the queue and operational events. */
import type { NewRow, WriteSession } from "../session.ts";
import type { Connection } from "./connection.ts";
import { endPending } from "./queue/end-pending.ts";
import { requeueEndpoint } from "./queue/endpoint-queue.ts";
import { moveProbe } from "./queue/endpoint-state.ts";
import { findIdempotent, saveIdempotent } from "./accept/idempotency.ts";
import { jobPlaces } from "./jobs/job-places.ts";
import { notifyOperator } from "./accept/operational-events.ts";
import { bind, now, readSession, toText } from "./session.ts";
import type { Writer } from "./thread/writer-types.ts";

/** `toWriter` returns the writer that this session becomes a part of. */
export function writeSession(connection: Connection, toWriter: () => Writer): WriteSession {
  const { sql } = connection;
  return {
    ...readSession(connection),
    lockApp: () => now(() => undefined),
    shareApp: () => now(() => undefined),
    endpointChanged: (change) => toWriter().afterCommit.changed(change),
    endpointsChanged: (appSeq) => now(() => toWriter().state.forgetEndpoints(appSeq)),
    appChanged: (appSeq) => toWriter().state.forgetApp(appSeq),
    linesChanged: () => toWriter().registers.forgetLines(),
    insert: (table, rows) =>
      now(() => {
        for (const row of rows) sql(insertText(table, row)).run(...bind(Object.values(row)));
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
    endPending: (deliveries, end) =>
      now(() => {
        for (const delivery of deliveries) endPending(toWriter(), delivery, end);
      }),
    notifyOperator: (p) => now(() => notifyOperator(toWriter(), { ...p, delivery: null })),
    probeNow: (endpointSeqs, at) =>
      now(() => endpointSeqs.filter((endpointSeq) => moveProbe(toWriter(), endpointSeq, at))),
    requeueEndpoints: (endpointSeqs) =>
      now(() => {
        for (const endpointSeq of endpointSeqs) requeueEndpoint(toWriter(), endpointSeq);
      }),
    dequeueEndpoints: (endpointSeqs) =>
      now(() => {
        const statement = sql("DELETE FROM endpointQueue WHERE endpointSeq = ?");
        for (const endpointSeq of endpointSeqs) statement.run(endpointSeq);
      }),
    jobPlaces: ({ job }) => now(() => jobPlaces(connection, job)),
    findIdempotent: (key) => now(() => findIdempotent(connection, key)),
    saveIdempotent: (key, resources) => now(() => saveIdempotent(connection, key, resources)),
  };
}

function insertText(table: string, row: NewRow): string {
  const names = Object.keys(row);
  return `INSERT INTO ${toText(table)} (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`;
}

function updateText(table: string, row: NewRow, keys: readonly string[]): string {
  const terms = Object.keys(row).map((name, i) => ({ name, term: `${name} = ?${i + 1}` }));
  const changes = terms.filter(({ name }) => !keys.includes(name)).map(({ term }) => term);
  const found = terms.filter(({ name }) => keys.includes(name)).map(({ term }) => term);
  return `UPDATE ${toText(table)} SET ${changes.join(", ")} WHERE ${found.join(" AND ")}`;
}
