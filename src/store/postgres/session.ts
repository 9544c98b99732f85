/** Runs the steps of the store's rules on one connection, and waits for each answer. */
import type { Session, Steps, WriteSession } from "../session.ts";
import { lockApp, touchEndpoints } from "./app-locks.ts";
import type { Connection } from "./connection.ts";
import { findIdempotent, saveIdempotent } from "./idempotency.ts";
import { lockShared } from "./locks.ts";
import { jobPlaces } from "./job-places.ts";
import { planByValues } from "./plan-by-values.ts";
import type { Reader, Tx } from "./types.ts";

const SQL: Session["sql"] = {
  anyCase: (column, parameter) => `lower(${column}) = lower(${parameter})`,
  binary: 'COLLATE "C"',
  forUpdate: "FOR UPDATE",
  forNoKeyUpdate: "FOR NO KEY UPDATE",
  forShare: "FOR SHARE",
};

const texts = new Map<string, string>();

export async function runSteps<T>(steps: Steps<T>): Promise<T> {
  let next = steps.next();
  while (next.done !== true) {
    try {
      next = steps.next(await next.value);
    } catch (error) {
      next = steps.throw(error);
    }
  }
  return next.value;
}

/** A write transaction has no deadline. */
type Readable = Connection & Partial<Pick<Reader, "checkDeadline">>;

export function toSession(connection: Readable): Session {
  return {
    all: (text, values) => wait(() => connection.sql(toText(text), values) as Promise<never>),
    one: (text, values) =>
      wait(async () => ((await connection.sql(toText(text), values))[0] ?? null) as never),
    run: (text, values) => wait(() => connection.run(toText(text), values)),
    together: (steps) => wait(() => Promise.all(steps.map(runSteps))),
    beginScan: () => wait(() => planByValues(connection)),
    checkDeadline: connection.checkDeadline ?? (() => undefined),
    sql: SQL,
  };
}

export function toWriteSession(tx: Tx): WriteSession {
  return {
    ...toSession(tx),
    lockApp: (appSeq) => wait(() => lockApp(tx, appSeq)),
    shareApp: (appSeq) => wait(() => lockShared(tx, "app", [appSeq])),
    endpointChanged: (change) => tx.afterCommit.changed(change),
    endpointsChanged: (appSeq) => wait(() => touchEndpoints(tx, appSeq)),
    // Nodes look rows of applications and lines up in the transaction that relies on them.
    appChanged: () => undefined,
    linesChanged: () => undefined,
    jobPlaces: (p) => wait(() => jobPlaces(tx, p)),
    dequeueEndpoints: (endpointSeqs) => wait(() => dequeue(tx, endpointSeqs)),
    findIdempotent: (key) => wait(() => findIdempotent(tx, key)),
    saveIdempotent: (key, resources) => wait(() => saveIdempotent(tx, key, resources)),
  };
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

export function* wait<T>(work: () => Promise<T>): Steps<T> {
  return (yield work()) as T;
}

/** `?1` → `$1`. */
function toText(shared: string): string {
  let text = texts.get(shared);
  if (text === undefined) {
    text = shared.replaceAll(/\?(\d+)/g, "$$$1");
    texts.set(shared, text);
  }
  return text;
}
