/** The rows of a batch, as the rules of accepting read and change them. */
import type { AcceptState, NewMessage, PublishState } from "../../accept/accept-state.ts";
import { conversationKey, participantKey } from "../../accept/register-rows.ts";
import type { AppError } from "../../../core/error.ts";
import type { IdempotencyKey } from "../../idempotency.ts";
import type { Tx } from "../types.ts";
import type { Batch, Kept, KeptMessage } from "./accept-batch-types.ts";
import type { AcceptApp } from "./app-cache.ts";
import { windowKey } from "./dedupe-windows.ts";
import type { UndoableMap } from "./undo-log.ts";

export function createAcceptState({ node }: Tx, batch: Batch): AcceptState {
  const loadApp = (appSeq: number) => batch.apps.get(appSeq) as AcceptApp;
  function addMessage({ eventSeq: ref, ...row }: NewMessage): number {
    batch.messages.set(ref, { ...row, ref, record: undefined, isChanged: false });
    batch.bySnowflake.set(row.message.snowflake, ref);
    return ref;
  }
  return {
    settings: node.decideSettings,
    limits: node.limits,
    ids: node.idGenerator,
    loadEndpoints: (appSeq) => loadApp(appSeq).endpoints,
    findEndpoint: (appSeq, endpointId) => loadApp(appSeq).endpoints.find(endpointId),
    findInWindow: (appSeq, kind, id) => batch.windows.get(windowKey(appSeq, kind, id)) ?? null,
    findEventId: (eventSeq) => batch.named.get(eventSeq)?.id ?? null,
    loadMessage: (ref) => batch.messages.get(ref) ?? null,
    findMessageBySnowflake(snowflake) {
      const ref = batch.bySnowflake.get(snowflake);
      return ref === undefined ? null : (batch.messages.get(ref) ?? null);
    },
    findContact: (appSeq, number) => present(batch.contacts, participantKey(appSeq, number)),
    findAlias: (appSeq, userId) => present(batch.aliases, participantKey(appSeq, userId)),
    findLine: (appSeq, number) => batch.lines.get(participantKey(appSeq, number))?.value ?? null,
    findConversation: (appSeq, line, contact) =>
      present(batch.conversations, conversationKey(appSeq, line, contact)),
    wasOptedOut: (appSeq, line, contact) =>
      batch.erasedOptOuts.has(conversationKey(appSeq, line, contact)),

    nextEventSeq: (acceptedAt) => node.numbers.next("event", acceptedAt),
    addEvent(row) {
      batch.events.push(row);
      if (row.eventId !== null) batch.named.set(row.seq, { id: row.id, position: null });
    },
    addToWindow(appSeq, kind, id, ref) {
      batch.windows.set(windowKey(appSeq, kind, id), ref);
      batch.windowEntries.push({ appSeq, kind, id, ref });
    },
    changeMessage({ ref }, message) {
      const known = batch.messages.get(ref) as KeptMessage;
      batch.messages.set(ref, { ...known, message, isChanged: true });
    },
    addMessage,
    moveMessage({ ref: from }, row) {
      const known = batch.messages.get(from) as KeptMessage;
      batch.messages.set(from, { ...known, isMoved: true });
      batch.moves.push({ from, to: row.eventSeq });
      return addMessage(row);
    },
    addAttachment(appSeq, _, { content, ...row }) {
      const bytes = content === null ? null : Buffer.from(content);
      batch.attachments.push({ ...row, content: bytes, appSeq });
    },
    setContact: (appSeq, contact) =>
      change(batch.contacts, participantKey(appSeq, contact.number), contact, null),
    removeContact: (appSeq, address) => remove(batch.contacts, participantKey(appSeq, address)),
    setAlias: (appSeq, userId, address) =>
      change(batch.aliases, participantKey(appSeq, userId), address, null),
    addLine: (appSeq, line, now) =>
      change(batch.lines, participantKey(appSeq, line.number), line, now),
    setConversation: (appSeq, { line, contact, conversation, now }) =>
      change(batch.conversations, conversationKey(appSeq, line, contact), conversation, now),
    removeConversation: (appSeq, line, contact) =>
      remove(batch.conversations, conversationKey(appSeq, line, contact)),
    addDelivery: (event, endpoint, webhookIndex) =>
      batch.deliveries.push({ event, endpoint, webhookIndex }),
    hasFanOuts: (appSeq) =>
      loadApp(appSeq).isFanningOut || batch.fanOuts.items.some((row) => row.appSeq === appSeq),
    addFanOut: (row) => batch.fanOuts.push(row),
  };
}

/** The same rows, and those that whole publishes need besides. */
export function createPublishState(
  tx: Tx,
  batch: Batch,
  p: {
    readonly apps: ReadonlyMap<string, AcceptApp>;
    readonly repeated: ReadonlyMap<IdempotencyKey, readonly string[] | AppError>;
  },
): PublishState {
  return {
    ...createAcceptState(tx, batch),
    pendingBytes: tx.node.pendingBytes,
    findRepeated: (key) => p.repeated.get(key) ?? null,
    ensureApp: ({ appRef }) => p.apps.get(appRef) ?? null,
  };
}

function present<Value, Before>(
  rows: UndoableMap<string, Kept<Value, Before>>,
  key: string,
): Value | null {
  const row = rows.get(key);
  return row === undefined || row.isGone === true ? null : row.value;
}

function remove<Value, Before>(rows: UndoableMap<string, Kept<Value, Before>>, key: string): void {
  const row = rows.get(key);
  if (row !== undefined) rows.set(key, { ...row, isGone: true });
}

function change<Value, Before>(
  rows: UndoableMap<string, Kept<Value, Before>>,
  key: string,
  value: Value,
  now: number | null,
): void {
  const before = rows.get(key)?.before ?? null;
  rows.set(key, { before, value, isChanged: true, now });
}
