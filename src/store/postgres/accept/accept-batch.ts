/**
 * The rows that a group of publishes needs for its decisions. A few statements read them for the whole group.
 * Each decided event changes them in memory, and the pending writes are kept beside them. A batch lives as
 * long as its transaction.
 */
import { findMessageId, toParticipants } from "../../../core/decide.ts";
import type { NewEvent } from "../../../core/decide-types.ts";
import { WINDOW_KINDS, type WindowKind } from "../../accept/dedupe-window-kinds.ts";
import { createUndoLog, type UndoLog, type UndoableMap } from "./undo-log.ts";
import { loadParticipants } from "./register.ts";
import { loadMessages, loadMessagesBySnowflake } from "./register-rows.ts";
import type { Tx } from "../types.ts";
import { findInWindows, windowKey, type WindowLookup } from "./dedupe-windows.ts";
import type { KeptMessage, NamedEvent, Batch, Asked } from "./accept-batch-types.ts";

/** Reads the rows that the events name: dedupe windows, then messages, then the participants of both. */
export async function loadBatch(
  tx: Tx,
  asked: readonly Asked[],
  currentWindow: number,
): Promise<Batch> {
  const undoLog = createUndoLog();
  const windows = undoLog.map<string, number>();
  const messages = undoLog.map<number, KeptMessage>();
  const bySnowflake = undoLog.map<bigint, number>();
  const found = await findInWindows(tx, asked.flatMap(toWindows), currentWindow);
  for (const [key, ref] of found) windows.load(key, ref);

  const seqs = asked.flatMap(({ app, events }) =>
    events.flatMap((event) => {
      const id = event.messageSnowflake === undefined ? findMessageId(event) : null;
      return (id === null ? undefined : found.get(messageKey(app.seq, id))) ?? [];
    }),
  );
  const snowflakes = asked.flatMap(({ events }) =>
    events.flatMap(({ messageSnowflake }) => messageSnowflake ?? []),
  );
  for (const known of [
    ...(await loadMessages(tx, [...new Set(seqs)])).values(),
    ...(await loadMessagesBySnowflake(tx, snowflakes)),
  ]) {
    const { eventSeq, message } = known;
    messages.load(eventSeq, { ...known, isChanged: false });
    bySnowflake.load(message.snowflake, eventSeq);
  }
  const batch: Batch = {
    undoLog,
    currentWindow,
    windows,
    named: await loadNamed(tx, undoLog, asked, found),
    knownRefs: found,
    messages,
    bySnowflake,
    contacts: undoLog.map(),
    lines: undoLog.map(),
    conversations: undoLog.map(),
    events: undoLog.list(),
    deliveries: undoLog.list(),
    attachments: undoLog.list(),
    windowEntries: undoLog.list(),
  };
  await loadParticipants(
    tx,
    batch,
    asked.flatMap(({ app, events }) =>
      events.map((event) => ({
        appSeq: app.seq,
        ...toParticipants(event, messageNamed(batch, app.seq, event)?.message ?? null),
      })),
    ),
  );
  return batch;
}

/** The first events that were accepted under the ids of these events. */
async function loadNamed(
  tx: Tx,
  undoLog: UndoLog,
  asked: readonly Asked[],
  found: ReadonlyMap<string, number>,
): Promise<UndoableMap<number, NamedEvent>> {
  const named = undoLog.map<number, NamedEvent>();
  const seqs = asked.flatMap(({ app, events }) =>
    events.flatMap(({ eventId }) =>
      eventId === null ? [] : (found.get(windowKey(app.seq, WINDOW_KINDS.event, eventId)) ?? []),
    ),
  );
  if (seqs.length === 0) return named;
  const rows = await tx.sql<{ seq: number; id: string; position: number }>(
    "SELECT seq, id, position FROM event WHERE seq = ANY ($1::bigint[]) AND accepted_at >= $2",
    [seqs, tx.node.horizon()],
  );
  for (const { seq, id, position } of rows) named.load(seq, { id, position, place: null });
  return named;
}

/** The message that the event names: by Hookline's id, or by the publisher's id within the dedupe window. */
export function messageNamed(batch: Batch, appSeq: number, event: NewEvent): KeptMessage | null {
  const seq =
    event.messageSnowflake === undefined
      ? seqOfId(batch, appSeq, findMessageId(event))
      : batch.bySnowflake.get(event.messageSnowflake);
  const known = seq === undefined ? undefined : batch.messages.get(seq);
  return known === undefined || known.appSeq !== appSeq ? null : known;
}

function seqOfId(batch: Batch, appSeq: number, id: string | null): number | undefined {
  return id === null ? undefined : batch.windows.get(messageKey(appSeq, id));
}

function messageKey(appSeq: number, id: string): string {
  return windowKey(appSeq, WINDOW_KINDS.message, id);
}

/**
 * A received text may be a keyword whose opt-out was published; a published opt-out may have been derived.
 */
const OPT_OUT_KINDS: Readonly<Record<string, WindowKind>> = {
  "message.received": WINDOW_KINDS.explicitOptOut,
  "optout.changed": WINDOW_KINDS.derivedOptOut,
};

/** Every id that `decide` or the rules around it may look up. */
function toWindows({ app, events }: Asked): readonly WindowLookup[] {
  const lookups: WindowLookup[] = [];
  const appSeq = app.seq;
  for (const event of events) {
    if (event.eventId !== null) {
      lookups.push({ appSeq, kind: WINDOW_KINDS.event, id: event.eventId });
    }
    const id = findMessageId(event);
    if (id === null) continue;
    lookups.push({ appSeq, kind: WINDOW_KINDS.message, id });
    const optOut = OPT_OUT_KINDS[event.type];
    if (optOut !== undefined) lookups.push({ appSeq, kind: optOut, id });
  }
  return lookups;
}
