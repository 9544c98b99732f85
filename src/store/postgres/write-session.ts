/** The session of a write transaction: locks, caches of other nodes, the queue and operators' events. */
import type { HistoryWriteSession } from "../history/session.ts";
import { idempotentSteps } from "../idempotency.ts";
import type { NewRow, Quotas, WriteSession } from "../session.ts";
import { lockApp, touchEndpoints } from "./tenancy/app-locks.ts";
import { columnArrays, toChanges, toColumn } from "./server/column-arrays.ts";
import { fanOutStatements } from "./accept/fan-outs.ts";
import { transactionPosition } from "./accept/feed-position.ts";
import { queueStatements } from "./queue/queue-statements.ts";
import { idempotentRows } from "./accept/idempotency.ts";
import { lockShared } from "./server/locks.ts";
import { toHistorySession } from "./history/session.ts";
import { seenWrites } from "./search/seen.ts";
import { wait } from "./session.ts";
import type { Tx } from "./types.ts";

export function toWriteSession(tx: Tx): HistoryWriteSession {
  return {
    ...toHistorySession(tx),
    ...seenWrites(tx),
    ...queueStatements(tx),
    ...idempotentSteps(idempotentRows(tx)),
    limits: tx.node.limits,
    ...fanOutStatements(tx),
    lockApp: (appSeq) => wait(() => lockApp(tx, appSeq)),
    shareApps: (appSeqs) => wait(() => lockShared(tx, "app", appSeqs)),
    endpointChanged: (change) => tx.afterCommit.changed(change),
    endpointsChanged: (appSeq) => wait(() => touchEndpoints(tx, appSeq)),
    // Nodes look these rows up in the transaction that relies on them.
    appChanged: () => undefined,
    linesChanged: () => undefined,
    contactsChanged: () => undefined,
    // Every id is in a table from its publish on.
    gatherWindows: () => wait(async () => undefined),
    insert: (table, rows) => wait(async () => void (await insert(tx, table, rows, ""))),
    insertReturning: (table, rows) => wait(() => insert(tx, table, rows, "RETURNING *") as never),
    update: (table, keys, rows) => wait(async () => void (await update(tx, table, keys, rows, ""))),
    updateReturning: (table, rows) =>
      wait(() => update(tx, table, ["seq"], rows, `RETURNING ${table}.*`) as never),
    upsert: (table, rows, p) => wait(() => upsert(tx, table, rows, p)),
    nextEventPlace: () => wait(() => transactionPosition(tx)),
    deleteMessages: (eventSeqs) =>
      wait(
        async () =>
          void (await tx.run("DELETE FROM message WHERE event_seq = ANY ($1::bigint[])", [
            eventSeqs,
          ])),
      ),
    newDeliverySeqs: (count, now) => wait(() => newDeliverySeqs(tx, count, now)),
    loadQuotas: (endpoint) => wait(() => loadQuotas(tx, endpoint)),
  };
}

async function newDeliverySeqs(tx: Tx, count: number, now: number): Promise<readonly number[]> {
  const { numbers } = tx.node;
  await numbers.reserve(tx, "delivery", count);
  return Array.from({ length: count }, () => numbers.next("delivery", now));
}

async function loadQuotas(
  tx: Tx,
  { seq, appSeq, bytesLimit }: Parameters<WriteSession["loadQuotas"]>[0],
): Promise<Quotas> {
  const { backlog, pendingBytes } = tx.node;
  await backlog.load(tx, [seq]);
  await pendingBytes.load(tx, new Map([[appSeq, bytesLimit]]));
  return {
    pending: (backlog.known(seq) ?? 0) + tx.afterCommit.pendingBy(seq),
    bytes: pendingBytes.pending(appSeq),
  };
}

/** Lists are ordered by seq, so seqs are assigned in the order of the rows. */
async function insert(tx: Tx, table: string, rows: readonly NewRow[], rest: string) {
  if (rows.length === 0) return [];
  const { names, unnest, values } = columnArrays(rows);
  const columns = names.join(", ");
  return await tx.sql(
    `INSERT INTO ${table} (${columns})
     SELECT ${columns} FROM ${unnest} WITH ORDINALITY AS given (${columns}, place) ORDER BY place
     ${rest}`,
    values,
  );
}

async function update(
  tx: Tx,
  table: string,
  keys: readonly string[],
  rows: readonly NewRow[],
  returning: string,
) {
  if (rows.length === 0) return [];
  const { names, unnest, values } = columnArrays(rows);
  const isKey = Object.keys(rows[0] ?? {}).map((name) => keys.includes(name));
  const changes = names.filter((_, i) => !isKey[i]).map((name) => `${name} = given.${name}`);
  const found = names.filter((_, i) => isKey[i]).map((name) => `${table}.${name} = given.${name}`);
  return await tx.sql(
    `UPDATE ${table} SET ${changes.join(", ")} FROM ${unnest} AS given (${names.join(", ")})
     WHERE ${found.join(" AND ")} ${returning}`,
    values,
  );
}

async function upsert(
  tx: Tx,
  table: string,
  rows: readonly NewRow[],
  p: { readonly key: string; readonly update: readonly string[] },
): Promise<void> {
  const changes = toChanges(p.update, "excluded");
  const conflict = `ON CONFLICT (${toColumn(p.key)}) DO UPDATE SET ${changes}`;
  await insert(tx, table, rows, conflict);
}
