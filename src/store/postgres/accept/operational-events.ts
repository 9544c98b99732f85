/**
 * Operational events, accepted in the transaction that causes them: a rollback undoes them, a commit keeps
 * them. They go to the operator's app, and only while it has endpoints. The operator's app itself causes no
 * operational events, because those would cause others without end.
 */
import type { NewEvent } from "../../../core/decide-types.ts";
import { ID_PREFIXES } from "../../../core/ids/ids.ts";
import { OPERATOR_APP_ID, operationalEvent } from "../../../core/events/operational-events.ts";
import { acceptEvent } from "./accept-event.ts";
import { loadBatch } from "./accept-batch.ts";
import { writeBatch } from "./accept-write.ts";
import { findDuplicates } from "./duplicates.ts";
import { loadSubjects, type Subjects } from "./operational-subjects.ts";
import { lockShared } from "../server/locks.ts";
import type { Tx } from "../types.ts";
import { currentWindow } from "./dedupe-windows.ts";
import type { OperationalEvent } from "./operational-event.ts";

const NO_OWNERS: ReadonlySet<string> = new Set();

export async function notifyOperator(
  tx: Tx,
  occurrences: readonly OperationalEvent[],
): Promise<void> {
  if (occurrences.length === 0) return;
  const operator = (await tx.node.apps.load(tx, [OPERATOR_APP_ID])).get(OPERATOR_APP_ID);
  if (operator === undefined || operator.endpoints.length === 0) return;
  const subjects = await loadSubjects(tx, occurrences);
  const allowed = occurrences.filter((occurrence) => {
    const { endpointSeq, appSeq } = subjects.endpoint(occurrence.endpointId) ?? {};
    if (endpointSeq === undefined || appSeq === operator.seq) return false;
    const { type } = occurrence.note;
    if (type === "message.attempt.recovered" && subjects.hadSucceeded(occurrence)) return false;
    return (
      !type.startsWith("message.") || tx.node.operationalEvents.allow(endpointSeq, occurrence.now)
    );
  });
  if (allowed.length === 0) return;
  await tx.node.numbers.reserve(tx, "event", allowed.length);
  tx.node.idGenerator.setInstant(allowed[0]?.now ?? 0);
  await tx.node.idGenerator.reserve(tx);
  const [, current] = await Promise.all([lockShared(tx, "windows", [0]), currentWindow(tx)]);
  const events = allowed.map((occurrence) => toEvent(tx, occurrence, subjects));
  const batch = await loadBatch(tx, [{ app: operator, events }], current);
  for (const [index, event] of events.entries()) {
    // An event that repeats another one within the window is skipped.
    if (findDuplicates(batch, operator.seq, [event]).size > 0) continue;
    const context = {
      app: operator,
      acceptedAt: allowed[index]?.now ?? 0,
      explicitOptOuts: new Set<string>(),
      publish: 0,
    };
    const outcome = acceptEvent(tx, batch, context, event);
    if (outcome.kind === "refused") {
      throw new Error(`the operational event ${event.type} was refused: ${outcome.message}`);
    }
  }
  // These deliveries are not urgent, and a call that records outcomes returns no leases.
  await writeBatch(tx, batch, NO_OWNERS);
}

function toEvent(tx: Tx, occurrence: OperationalEvent, subjects: Subjects): NewEvent {
  const { note, now } = occurrence;
  tx.node.idGenerator.setInstant(now);
  const id = `${ID_PREFIXES.event}${tx.node.idGenerator.ksuid()}`;
  return operationalEvent(note, subjects.subject(occurrence), { id, now });
}
