/**
 * The rows that accepting reads and writes, one by one inside the group's transaction. Contacts, lines and
 * conversations go through the register cache.
 */
import type { AcceptApp, EventRow } from "../../accept/accept-state.ts";
import { scopeToApp } from "../../idempotency.ts";
import { createApps } from "../../accept/publish-app.ts";
import type { Publish } from "../../interface/accept.ts";
import { eventChecksum } from "../maintenance/event-checksum.ts";
import { runNow } from "../session.ts";
import type { Writer } from "../thread/writer-types.ts";
import type { WriterAcceptState } from "./accept-types.ts";
import { createDeliveries } from "./deliver.ts";
import { addFanOut } from "./fan-outs.ts";
import { findRepeated } from "./idempotency.ts";
import * as register from "./register.ts";
import { loadAlias, loadMessage, loadMessageBySnowflake } from "./register-rows.ts";

/** `toWriter` returns the writer that this state becomes a part of. */
export function createAcceptState(toWriter: () => Writer): WriterAcceptState {
  const deliveries = createDeliveries(toWriter);
  return {
    get settings() {
      return toWriter().decideSettings;
    },
    get ids() {
      return toWriter().idGenerator;
    },
    get limits() {
      return toWriter().limits;
    },
    get pendingBytes() {
      return toWriter().pendingBytes;
    },
    findRepeated: (key, app) => findRepeated(toWriter(), scopeToApp(key, app.id)),
    ensureApp: (publish) => ensureApp(toWriter(), publish),
    loadEndpoints: (appSeq) => toWriter().state.loadEndpoints(appSeq),
    findEndpoint: (_, endpointId) => toWriter().state.endpoint(endpointId),
    findInWindow: (appSeq, kind, id) => toWriter().windows.find(appSeq, kind, id),
    findEventId: (eventSeq) => findEventId(toWriter(), eventSeq),
    loadMessage: (ref) => loadMessage(toWriter(), ref),
    findMessageBySnowflake: (snowflake) => loadMessageBySnowflake(toWriter(), snowflake),
    findContact: (appSeq, number) => register.findContact(toWriter(), appSeq, number),
    findAlias: (appSeq, userId) => loadAlias(toWriter(), appSeq, userId),
    findLine: (appSeq, number) => register.findLine(toWriter(), appSeq, number),
    findConversation: (appSeq, line, contact) =>
      register.findConversation(toWriter(), { appSeq, line, contact }),
    wasOptedOut: (appSeq, line, contact) =>
      register.wasOptedOut(toWriter(), { appSeq, line, contact }),
    nextEventSeq: () => toWriter().sequences.next("event"),
    addEvent: (row) => insertEvent(toWriter(), row),
    addToWindow: (appSeq, kind, id, ref) => toWriter().windows.keep(appSeq, kind, id, ref),
    changeMessage: ({ ref }, message) => register.changeMessage(toWriter(), ref, message),
    addMessage: (row) => register.insertMessage(toWriter(), row),
    moveMessage: (known, row) => register.moveMessage(toWriter(), known.ref, row),
    addAttachment: (appSeq, messageSeq, row) =>
      register.insertAttachment(toWriter(), { appSeq, messageSeq, row }),
    setContact: (appSeq, contact) => register.saveContact(toWriter(), appSeq, contact),
    removeContact: (appSeq, address) => register.removeContact(toWriter(), appSeq, address),
    setAlias: (appSeq, userId, address) =>
      register.saveAlias(toWriter(), { appSeq, userId, address }),
    addLine: (appSeq, line, now) => register.insertLine(toWriter(), { appSeq, line, now }),
    setConversation: (appSeq, p) => register.saveConversation(toWriter(), appSeq, p),
    removeConversation: (appSeq, line, contact) =>
      register.removeConversation(toWriter(), { appSeq, line, contact }),
    addDelivery: deliveries.add,
    hasFanOuts: (appSeq) => toWriter().state.isFanningOut(appSeq),
    addFanOut: (row) => addFanOut(toWriter(), row),
    takeMade: deliveries.takeMade,
  };
}

function ensureApp({ state, session }: Writer, publish: Publish): AcceptApp | null {
  const app = state.app(publish.appRef);
  if (app !== null || publish.createApp === null) return app;
  runNow(createApps(session, [publish], () => false));
  return state.app(publish.appRef);
}

function findEventId({ sql }: Writer, eventSeq: number): string | null {
  const row = sql("SELECT id FROM event WHERE seq = ?").get(eventSeq);
  return row === undefined ? null : (row["id"] as string);
}

function insertEvent({ sql }: Writer, row: EventRow): void {
  sql(
    `INSERT INTO event (seq, id, appSeq, eventId, type, payload, contentType, participants, channels, tags,
      orderingKey, deliverAt, occurredAt, acceptedAt, parentSeq, expungeAt, matching, checksum)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(
    row.seq,
    row.id,
    row.appSeq,
    row.eventId,
    row.type,
    row.payload,
    row.contentType,
    row.participants,
    row.channels,
    row.tags,
    row.orderingKey,
    row.deliverAt,
    row.occurredAt,
    row.acceptedAt,
    row.parentSeq,
    row.expungeAt,
    row.matching,
    eventChecksum(row.payload, row.participants),
  );
}
