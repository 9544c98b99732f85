/** The session of a write transaction: locks, caches of other nodes, the queue and operators' events. */
import type { HistoryWriteSession } from "../history/session.ts";
import type { NewRow, Quotas } from "../session.ts";
import { lockApp, touchEndpoints } from "./tenancy/app-locks.ts";
import { columnArrays } from "./server/column-arrays.ts";
import { endPending } from "./queue/end-pending.ts";
import { addDue, requeueEndpoints } from "./queue/endpoint-queue.ts";
import { transactionPosition } from "./accept/feed-position.ts";
import { probeManyNow } from "./queue/endpoint-state.ts";
import { releaseNext } from "./queue/ordering.ts";
import { findIdempotent, saveIdempotent } from "./accept/idempotency.ts";
import { lockShared } from "./server/locks.ts";
import { notifyOperator } from "./accept/operational-events.ts";
import { toHistorySession } from "./history/session.ts";
import { wait } from "./session.ts";
import type { Tx } from "./types.ts";

export function toWriteSession(tx: Tx): HistoryWriteSession {
  return {
    ...toHistorySession(tx),
    lockApp: (appSeq) => wait(() => lockApp(tx, appSeq)),
    shareApps: (appSeqs) => wait(() => lockShared(tx, "app", appSeqs)),
    endpointChanged: (change) => tx.afterCommit.changed(change),
    endpointsChanged: (appSeq) => wait(() => touchEndpoints(tx, appSeq)),
    // Nodes look rows of applications and lines up in the transaction that relies on them.
    appChanged: () => undefined,
    linesChanged: () => undefined,
    insert: (table, rows) => wait(async () => void (await insert(tx, table, rows, ""))),
    insertReturning: (table, rows) => wait(() => insert(tx, table, rows, "RETURNING *") as never),
    update: (table, keys, rows) => wait(async () => void (await update(tx, table, keys, rows, ""))),
    updateReturning: (table, rows) =>
      wait(() => update(tx, table, ["seq"], rows, `RETURNING ${table}.*`) as never),
    endPending: (deliveries, end) => wait(async () => void (await endPending(tx, deliveries, end))),
    notifyOperator: (p) => wait(() => notifyOperator(tx, [{ ...p, delivery: null }])),
    probeNow: (endpointSeqs, now) => wait(() => probeManyNow(tx, endpointSeqs, now)),
    requeueEndpoints: (endpointSeqs) => wait(() => requeueEndpoints(tx, endpointSeqs)),
    addDue: (dues) => wait(() => addDue(tx, dues)),
    releaseNext: (keys, now) => wait(async () => void (await releaseNext(tx, keys, now))),
    dequeueEndpoints: (endpointSeqs) => wait(() => dequeue(tx, endpointSeqs)),
    nextEventPlace: () => wait(() => transactionPosition(tx)),
    newDeliverySeqs: (count, now) => wait(() => newDeliverySeqs(tx, count, now)),
    tally: (appSeq, change) => tx.afterCommit.tally(appSeq, change),
    pendingChanged: (endpointSeq, count) => tx.afterCommit.pending({ endpointSeq, count }),
    loadQuotas: (endpoint) => wait(() => loadQuotas(tx, endpoint)),
    findIdempotent: (key) => wait(() => findIdempotent(tx, key)),
    saveIdempotent: (key, resources) => wait(() => saveIdempotent(tx, key, resources)),
  };
}

async function newDeliverySeqs(tx: Tx, count: number, now: number): Promise<readonly number[]> {
  const { numbers } = tx.node;
  await numbers.reserve(tx, "delivery", count);
  return Array.from({ length: count }, () => numbers.next("delivery", now));
}

async function loadQuotas(
  tx: Tx,
  { seq, appSeq }: { seq: number; appSeq: number },
): Promise<Quotas> {
  const { backlog, pendingBytes } = tx.node;
  await backlog.load(tx, [seq]);
  await pendingBytes.load(tx, [appSeq]);
  return {
    pending: (backlog.known(seq) ?? 0) + tx.afterCommit.pendingBy(seq),
    pendingLimit: backlog.limit,
    bytes: pendingBytes.pending(appSeq),
    bytesLimit: pendingBytes.limit,
  };
}

/** Lists are ordered by seq, so seqs are assigned in the order of the rows. */
async function insert(tx: Tx, table: string, rows: readonly NewRow[], returning: string) {
  if (rows.length === 0) return [];
  const { names, unnest, values } = columnArrays(rows);
  const columns = names.join(", ");
  return await tx.sql(
    `INSERT INTO ${table} (${columns})
     SELECT ${columns} FROM ${unnest} WITH ORDINALITY AS given (${columns}, place) ORDER BY place
     ${returning}`,
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

/** In the order in which claims lock these rows. */
async function dequeue(tx: Tx, endpointSeqs: readonly number[]): Promise<void> {
  if (endpointSeqs.length === 0) return;
  await tx.run(
    `DELETE FROM endpoint_queue WHERE endpoint_seq IN
       (SELECT endpoint_seq FROM endpoint_queue WHERE endpoint_seq = ANY ($1::bigint[])
        ORDER BY endpoint_seq FOR UPDATE)`,
    [endpointSeqs],
  );
}
