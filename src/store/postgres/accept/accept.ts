/**
 * Accepts a group of publishes in one transaction (I1): a few reads for all of them, the decisions in publish
 * order, a few writes. A refused publish changes nothing. No two publishes of a group have the same
 * Idempotency-Key.
 */
import { limitOf } from "../../../core/limits.ts";
import { OPERATOR_APP_ID } from "../../../core/events/operational-events.ts";
import { backlogFullNotes } from "../../accept/operational-events.ts";
import { createApps, removeUnusedApps, type MadeApps } from "../../accept/publish-app.ts";
import { decidePublish, mostEvents, type Decided } from "../../accept/publish.ts";
import { toResources } from "../../accept/publish-result.ts";
import type { AppError } from "../../../core/error.ts";
import { scopeToApp, type IdempotencyKey, type ScopedKey } from "../../idempotency.ts";
import type { Publish, PublishResult } from "../../interface/accept.ts";
import { loadBatch } from "./accept-batch.ts";
import { toResults } from "./accept-results.ts";
import { createPublishState } from "./accept-state.ts";
import { writeBatch } from "./accept-write.ts";
import type { AcceptApp } from "./app-cache.ts";
import { runSteps } from "../session.ts";
import { toWriteSession } from "../write-session.ts";
import { lockAlone, lockShared } from "../server/locks.ts";
import { findIdempotentMany, saveIdempotentMany } from "./idempotency.ts";
import { notifyOperator } from "./operational-events.ts";
import { keepLeases } from "../cluster/owner-lease.ts";
import type { Tx } from "../types.ts";
import { currentWindow } from "./dedupe-windows.ts";

/** Returns one result per publish, in the same order. */
export async function acceptGroup(
  tx: Tx,
  publishes: readonly Publish[],
): Promise<readonly PublishResult[]> {
  const [{ apps, made }, owners, , current] = await Promise.all([
    loadApps(tx, publishes),
    keepLeases(tx, tx.node.shards.owners().filter(tx.node.isListening)),
    lockShared(tx, "windows", [0]),
    currentWindow(tx),
  ]);
  await lockOrderingKeys(tx, publishes, apps);
  await tx.node.pendingBytes.load(
    tx,
    new Map(
      [...apps.values()].map(({ seq, ownLimits }) => [
        seq,
        limitOf(tx.node.limits, ownLimits, "pendingBytes"),
      ]),
    ),
  );
  const repeated = await findRepeated(tx, publishes, apps);
  await reserveVendorIds(tx, publishes);
  const batch = await loadBatch(
    tx,
    publishes.flatMap(({ appRef, events }) => {
      const app = apps.get(appRef);
      return app === undefined ? [] : { app, events };
    }),
    current,
  );
  const state = createPublishState(tx, batch, { apps, repeated });
  await tx.node.numbers.reserve(tx, "event", mostEvents(publishes));
  const decided = publishes.map((publish, index) => {
    const mark = batch.undoLog.mark();
    const one = decidePublish(state, publish, index);
    if (one.kind === "refused") batch.undoLog.rollback(mark);
    return one;
  });
  if (made.size > 0) await runSteps(removeUnusedApps(toWriteSession(tx), made, decided));
  const written = await writeBatch(tx, batch, owners);
  await saveIdempotentMany(tx, toIdempotencyKeys(publishes, decided));
  await reportFull(tx, publishes, written.full);
  if (decided.some(isKnown)) await confirmFirst(tx);
  return await toResults(tx, { publishes, decided, batch, written });
}

/** The resources or the refusal of every key that was used before, by the key of the publish. */
async function findRepeated(
  tx: Tx,
  publishes: readonly Publish[],
  apps: ReadonlyMap<string, AcceptApp>,
): Promise<ReadonlyMap<IdempotencyKey, readonly string[] | AppError>> {
  const given = publishes.flatMap(({ appRef, idempotencyKey }) => {
    const app = apps.get(appRef);
    if (app === undefined || idempotencyKey === null) return [];
    return { key: idempotencyKey, inApp: scopeToApp(idempotencyKey, app.id) };
  });
  const found = await findIdempotentMany(
    tx,
    given.map(({ inApp }) => inApp),
  );
  return new Map(
    given.flatMap(({ key, inApp }) => {
      const before = found.get(inApp);
      return before === undefined ? [] : [[key, before] as const];
    }),
  );
}

/** Whether the answer depends on a commit of another transaction. */
function isKnown(one: Decided): boolean {
  if (one.kind === "refused") return one.code === "conflict";
  return one.kind === "repeated" || one.events.some(({ duplicate }) => duplicate);
}

/**
 * The first event may be committed on this disk and not yet on the standby, because its connection was lost
 * during that wait. A write of this transaction comes later in the log and waits for the standby too.
 */
async function confirmFirst(tx: Tx): Promise<void> {
  await tx.sql("SELECT pg_logical_emit_message(true, 'hookline', '')");
}

/** Apps by the ref of each publish, with those that are created here. */
async function loadApps(
  tx: Tx,
  publishes: readonly Publish[],
): Promise<{ apps: ReadonlyMap<string, AcceptApp>; made: MadeApps }> {
  const refs = new Set(publishes.map(({ appRef }) => appRef));
  const found = await tx.node.apps.load(tx, [...refs, OPERATOR_APP_ID]);
  const isKnown = (ref: string) => found.has(ref);
  const made = await runSteps(createApps(toWriteSession(tx), publishes, isKnown));
  if (made.size === 0) return { apps: found, made };
  return { apps: await tx.node.apps.load(tx, [...refs]), made };
}

/** Locks the ordering keys: no other transaction changes their order until the deliveries are written. */
async function lockOrderingKeys(
  tx: Tx,
  publishes: readonly Publish[],
  apps: ReadonlyMap<string, AcceptApp>,
): Promise<void> {
  const keys = publishes.flatMap(({ appRef, events }) => {
    const appSeq = apps.get(appRef)?.seq;
    if (appSeq === undefined) return [];
    return events.flatMap(({ orderingKey }) =>
      orderingKey === null ? [] : `${appSeq} ${orderingKey}`,
    );
  });
  await lockAlone(tx, "orderingKey", keys);
}

async function reserveVendorIds(tx: Tx, publishes: readonly Publish[]): Promise<void> {
  tx.node.idGenerator.setInstant(Math.max(...publishes.map(({ acceptedAt }) => acceptedAt)));
  await tx.node.idGenerator.reserve(tx);
}

function toIdempotencyKeys(
  publishes: readonly Publish[],
  decided: readonly Decided[],
): readonly { readonly idempotencyKey: ScopedKey; readonly resources: readonly string[] }[] {
  return decided.flatMap((one, index) => {
    const { idempotencyKey, acceptedAt } = publishes[index] as Publish;
    if (one.kind !== "accepted" || idempotencyKey === null) return [];
    const key = scopeToApp(idempotencyKey, one.appId);
    return { idempotencyKey: key, resources: toResources(one, acceptedAt) };
  });
}

async function reportFull(
  tx: Tx,
  publishes: readonly Publish[],
  full: ReadonlyMap<number, readonly string[]>,
): Promise<void> {
  const { limit } = tx.node.backlog;
  await notifyOperator(
    tx,
    [...full].flatMap(([index, endpointIds]) =>
      backlogFullNotes(endpointIds, { limit, now: publishes[index]?.acceptedAt ?? 0 }),
    ),
  );
}
