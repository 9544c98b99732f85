/**
 * The rows that a group of publishes needs for its decisions. A few statements read them for the whole group.
 * Each decided event changes them in memory, and the pending writes are kept beside them. A batch lives as
 * long as its transaction.
 */
import { toParticipants } from "../../../core/decide.ts";
import type { NewEvent } from "../../../core/decide-types.ts";
import { findNamedMessage, namedMessageId, namedSnowflake } from "../../accept/change-register.ts";
import { WINDOW_KINDS } from "../../accept/dedupe-window-kinds.ts";
import { toLookups } from "../../accept/event-windows.ts";
import { createUndoLog, type UndoLog, type UndoableMap } from "./undo-log.ts";
import { createAcceptState } from "./accept-state.ts";
import type { AcceptApp } from "./app-cache.ts";
import { loadParticipants } from "./register.ts";
import { loadMessages, loadMessagesBySnowflake } from "./register-rows.ts";
import type { Tx } from "../types.ts";
import { findInWindows, windowKey } from "./dedupe-windows.ts";
import type { KeptMessage, NamedEvent, Batch } from "./accept-batch-types.ts";

type Asked = { readonly app: AcceptApp; readonly events: readonly NewEvent[] };

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
  const lookups = asked.flatMap(({ app, events }) => toLookups(app.seq, events));
  const found = await findInWindows(tx, lookups, currentWindow);
  for (const [key, ref] of found) windows.load(key, ref);

  const seqs = asked.flatMap(({ app, events }) =>
    events.flatMap((event) => {
      const id = namedMessageId(event);
      return (
        (id === null ? undefined : found.get(windowKey(app.seq, WINDOW_KINDS.message, id))) ?? []
      );
    }),
  );
  const snowflakes = asked.flatMap(({ events }) =>
    events.flatMap((event) => namedSnowflake(event) ?? []),
  );
  for (const known of [
    ...(await loadMessages(tx, [...new Set(seqs)])).values(),
    ...(await loadMessagesBySnowflake(tx, snowflakes)),
  ]) {
    messages.load(known.ref, { ...known, isChanged: false });
    bySnowflake.load(known.message.snowflake, known.ref);
  }
  const batch: Batch = {
    undoLog,
    apps: new Map(asked.map(({ app }) => [app.seq, app])),
    currentWindow,
    windows,
    named: await loadNamed(tx, undoLog, asked, found),
    knownRefs: found,
    messages,
    bySnowflake,
    moves: undoLog.list(),
    contacts: undoLog.map(),
    aliases: undoLog.map(),
    lines: undoLog.map(),
    conversations: undoLog.map(),
    erasedOptOuts: new Set(),
    events: undoLog.list(),
    deliveries: undoLog.list(),
    fanOuts: undoLog.list(),
    attachments: undoLog.list(),
    windowEntries: undoLog.list(),
  };
  const state = createAcceptState(tx, batch);
  await loadParticipants(
    tx,
    batch,
    asked.flatMap(({ app, events }) =>
      events.map((event) => ({
        appSeq: app.seq,
        ...toParticipants(event, findNamedMessage(state, app.seq, event)?.message ?? null),
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
  for (const { seq, id, position } of rows) named.load(seq, { id, position });
  return named;
}
