/**
 * Accepts a group of publishes in one transaction (I1): a few reads for all of them, one decision per event
 * in publish order, a few writes. A refused publish changes nothing. This file orders the steps and does not
 * know the meaning of any event. No two publishes of a group have the same Idempotency-Key.
 */
import { AppError } from "../../../core/error.ts";
import { OPERATOR_APP_ID } from "../../../core/events/operational-events.ts";
import type { Publish, PublishResult } from "../../interface/accept.ts";
import { writeMark } from "../../accept/idempotency-marks.ts";
import type { IdempotencyKey } from "../../idempotency.ts";
import { acceptReplies } from "./accept-replies.ts";
import { acceptEvent, type EventContext } from "./accept-event.ts";
import { loadBatch } from "./accept-batch.ts";
import type { Batch } from "./accept-batch-types.ts";
import { writeBatch } from "./accept-write.ts";
import type { AcceptApp } from "./app-cache.ts";
import { insertApp } from "../tenancy/apps.ts";
import { findDuplicates } from "./duplicates.ts";
import { lockAlone, lockShared } from "../server/locks.ts";
import { findIdempotentMany, saveIdempotentMany } from "./idempotency.ts";
import { notifyOperator } from "./operational-events.ts";
import { keepLeases } from "../cluster/owner-lease.ts";
import type { Tx } from "../types.ts";
import { currentWindow } from "./dedupe-windows.ts";
import type { Accepted, Refused, Decided } from "./accept-decided.ts";
type IdempotencyKeys = ReadonlyMap<IdempotencyKey, readonly string[] | AppError>;

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
  await tx.node.pendingBytes.load(tx, [...new Set([...apps.values()].map(({ seq }) => seq))]);
  const idempotencyKeys = await findIdempotentMany(
    tx,
    publishes.flatMap(({ idempotencyKey }) => idempotencyKey ?? []),
  );
  await reserveIds(tx, publishes);
  const batch = await loadBatch(
    tx,
    publishes.flatMap(({ appRef, events }) => {
      const app = apps.get(appRef);
      return app === undefined ? [] : { app, events };
    }),
    current,
  );
  const decided = publishes.map((publish, index) => {
    const mark = batch.undoLog.mark();
    const one = decidePublish(tx, batch, idempotencyKeys, {
      publish,
      index,
      app: apps.get(publish.appRef),
    });
    if (one.kind === "refused") batch.undoLog.rollback(mark);
    return one;
  });
  await removeUnused(tx, made, decided);
  const written = await writeBatch(tx, batch, owners);
  await saveIdempotentMany(tx, toIdempotencyKeys(publishes, decided));
  await reportFull(tx, publishes, written.full);
  if (decided.some(isKnown)) await confirmFirst(tx);
  return await acceptReplies(tx, publishes, decided, written);
}

function decidePublish(
  tx: Tx,
  batch: Batch,
  idempotencyKeys: IdempotencyKeys,
  given: { publish: Publish; index: number; app: AcceptApp | undefined },
): Decided {
  const { publish, index, app } = given;
  const before =
    publish.idempotencyKey === null ? undefined : idempotencyKeys.get(publish.idempotencyKey);
  if (before instanceof AppError) return refuse({ code: before.code, message: before.message });
  if (before !== undefined) return { kind: "repeated", resources: before };
  if (app === undefined) {
    return refuse({ code: "not_found", message: `There is no application "${publish.appRef}".` });
  }
  const duplicates = findDuplicates(batch, app.seq, publish.events);
  if (duplicates.size > 0 && publish.onDuplicate === "refuse") {
    return refuse({
      code: "conflict",
      message: "An event with this eventId was already accepted.",
      duplicates: [...duplicates].map(([at, { id }]) => ({ index: at, id })),
    });
  }
  const { pendingBytes } = tx.node;
  if (pendingBytes.isFull(app.seq) && duplicates.size < publish.events.length) {
    return refuse({
      code: "rate_limited",
      message: `The payloads of the application's pending deliveries reach its limit of ${pendingBytes.limit} bytes; publish again when some deliveries have finished.`,
    });
  }
  tx.node.idGenerator.setInstant(publish.acceptedAt);
  const context: EventContext = {
    app,
    acceptedAt: publish.acceptedAt,
    explicitOptOuts: explicitOptOuts(publish),
    publish: index,
  };
  const accepted: Accepted[] = [];
  for (const [at, event] of publish.events.entries()) {
    const { id, eventId } = event;
    const first = duplicates.get(at);
    if (first !== undefined) {
      // The first event may be earlier in this same publish; its place is known only now.
      const here = accepted.find((one) => one.id === first.id);
      const none = { deliveries: 0, undelivered: null };
      accepted.push({ ...first, ...here, ...none, eventId, duplicate: true });
      continue;
    }
    const outcome = acceptEvent(tx, batch, context, event);
    if (outcome.kind === "refused") {
      const { code, message, path } = outcome;
      return refuse({ code, message, path, index: at });
    }
    const { kind: _accepted, eventSeq: seq, ...made } = outcome;
    accepted.push({ id, eventId, seq, ...made, position: null, duplicate: false });
  }
  return { kind: "accepted", appId: app.id, events: accepted };
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

/** Apps by the ref of each publish. `made` has the apps created here, by the index of their publish. */
async function loadApps(
  tx: Tx,
  publishes: readonly Publish[],
): Promise<{ apps: ReadonlyMap<string, AcceptApp>; made: ReadonlyMap<number, number> }> {
  const refs = new Set(publishes.map(({ appRef }) => appRef));
  const found = await tx.node.apps.load(tx, [...refs, OPERATOR_APP_ID]);
  const made = new Map<number, number>();
  for (const [index, { appRef, createApp }] of publishes.entries()) {
    const isMade = [...made.keys()].some((one) => publishes[one]?.appRef === appRef);
    if (createApp === null || found.has(appRef) || isMade) continue;
    made.set(index, await insertApp(tx, createApp));
  }
  if (made.size === 0) return { apps: found, made };
  return { apps: await tx.node.apps.load(tx, [...refs]), made };
}

/** Removes an app that was created for a refused publish, unless another publish uses it. */
async function removeUnused(
  tx: Tx,
  made: ReadonlyMap<number, number>,
  decided: readonly Decided[],
): Promise<void> {
  for (const [index, appSeq] of made) {
    if (decided[index]?.kind !== "refused") continue;
    await tx.run("DELETE FROM app WHERE seq = $1 AND NOT ($2::text[] @> ARRAY[id])", [
      appSeq,
      decided.flatMap((one) => (one.kind === "accepted" ? one.appId : [])),
    ]);
  }
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

/** An event may derive two more: one for a new contact, one for an opt-out. */
const EVENTS_OF_EVENT = 3;

async function reserveIds(tx: Tx, publishes: readonly Publish[]): Promise<void> {
  let count = 0;
  let latest = 0;
  for (const { events, acceptedAt } of publishes) {
    count += events.length;
    latest = Math.max(latest, acceptedAt);
  }
  await tx.node.numbers.reserve(tx, "event", count * EVENTS_OF_EVENT);
  tx.node.idGenerator.setInstant(latest);
  await tx.node.idGenerator.reserve(tx);
}

function refuse(p: Pick<Refused, "code" | "message"> & Partial<Refused>): Refused {
  return { path: [], duplicates: [], index: null, ...p, kind: "refused" };
}

const NO_IDS: ReadonlySet<string> = new Set();

/** Messages with an explicit opt-out anywhere in the publish. */
function explicitOptOuts({ events }: Publish): ReadonlySet<string> {
  let ids: Set<string> | undefined;
  for (const { type, canonical } of events) {
    if (type !== "optout.changed" || canonical?.messageId === undefined) continue;
    (ids ??= new Set()).add(canonical.messageId);
  }
  return ids ?? NO_IDS;
}

/** The resources are the app, the instant, then a mark per event. */
function toIdempotencyKeys(
  publishes: readonly Publish[],
  decided: readonly Decided[],
): readonly { readonly idempotencyKey: IdempotencyKey; readonly resources: readonly string[] }[] {
  return decided.flatMap((one, index) => {
    const { idempotencyKey, acceptedAt } = publishes[index] as Publish;
    if (one.kind !== "accepted" || idempotencyKey === null) return [];
    const marks = one.events.map(writeMark);
    return { idempotencyKey, resources: [one.appId, String(acceptedAt), ...marks] };
  });
}

async function reportFull(
  tx: Tx,
  publishes: readonly Publish[],
  full: ReadonlyMap<number, readonly string[]>,
): Promise<void> {
  const note = { type: "endpoint.backlog_full", limit: tx.node.backlog.limit } as const;
  await notifyOperator(
    tx,
    [...full].flatMap(([index, endpointIds]) => {
      const now = publishes[index]?.acceptedAt ?? 0;
      return [...new Set(endpointIds)].map((endpointId) => ({
        note,
        endpointId,
        delivery: null,
        now,
      }));
    }),
  );
}
