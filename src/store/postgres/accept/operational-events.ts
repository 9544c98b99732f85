/** Operational events in the transaction of their causes, many at once. */
import { OPERATOR_APP_ID } from "../../../core/events/operational-events.ts";
import {
  acceptOperationalEvent,
  asksForLog,
  isReported,
  pickWanted,
  toOperationalEvent,
  type Occurrence,
} from "../../accept/operational-events.ts";
import { loadBatch } from "./accept-batch.ts";
import { createAcceptState } from "./accept-state.ts";
import { writeBatch } from "./accept-write.ts";
import { loadSubjects } from "./operational-subjects.ts";
import { lockShared } from "../server/locks.ts";
import type { Tx } from "../types.ts";
import { currentWindow } from "./dedupe-windows.ts";

/** No delivery is leased, so no owner's lease is needed. */
const NO_OWNERS: ReadonlySet<string> = new Set();

export async function notifyOperator(tx: Tx, occurrences: readonly Occurrence[]): Promise<void> {
  if (occurrences.length === 0) return;
  const apps = await tx.node.apps.load(tx, [OPERATOR_APP_ID]);
  const operator = apps.get(OPERATOR_APP_ID);
  if (operator === undefined) return;
  const wanted = pickWanted(occurrences, operator.endpoints);
  if (wanted.length === 0) return;
  const subjects = await loadSubjects(tx, wanted);
  const { idGenerator, numbers, operationalEvents: limiter } = tx.node;
  const reported = wanted.filter((one) => isReported(one, { operator, subjects, limiter }));
  if (reported.length === 0) return;
  idGenerator.setInstant(reported[0]?.now ?? 0);
  await idGenerator.reserve(tx);
  const [, current] = await Promise.all([lockShared(tx, "windows", [0]), currentWindow(tx)]);
  const made = reported.map((one) => ({
    event: toOperationalEvent(one, subjects, idGenerator),
    now: one.now,
  }));
  const events = made.map(({ event }) => event);
  const batch = await loadBatch(tx, [{ app: operator, events }], current);
  await numbers.reserve(tx, "event", reported.length);
  const state = createAcceptState(tx, batch);
  for (const { event, now } of made) acceptOperationalEvent(state, operator, event, now);
  await writeBatch(tx, batch, NO_OWNERS);
}

/** The number of the operator's app while one of its endpoints asks for the log of attempts. */
export async function findLogReceiver(tx: Tx, now: number): Promise<number | null> {
  return await tx.node.logReceiver.find(now, async () => {
    const operator = (await tx.node.apps.load(tx, [OPERATOR_APP_ID])).get(OPERATOR_APP_ID);
    return operator !== undefined && asksForLog(operator.endpoints) ? operator.seq : null;
  });
}
