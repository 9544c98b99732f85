/**
 * The registers of an app: messages, contacts, lines, and the conversations of a line and a contact. Rows are
 * read and written inside the accept transaction, as `decide` asks.
 */
import { findMessageId } from "../../../core/decide.ts";
import type { NewEvent, RegisterChange } from "../../../core/decide-types.ts";
import type { Contact, Conversation, Line, Message } from "../../../core/snapshot.ts";
import { writeMessage } from "../../accept/snapshot-text.ts";
import { WINDOW_KINDS } from "../../accept/dedupe-window-kinds.ts";
import { saveAttachments } from "./attachment-rows.ts";
import {
  loadContact,
  loadConversation,
  loadLine,
  loadMessage,
  loadMessageBySnowflake,
  type KnownMessage,
} from "./register-rows.ts";
import type { Writer } from "../thread/writer-types.ts";

/** The message that the event names, by Hookline's id or by the publisher's within the dedupe window. */
export function findMessage(writer: Writer, appSeq: number, event: NewEvent): KnownMessage | null {
  const { messageSnowflake } = event;
  if (messageSnowflake !== undefined) {
    return loadMessageBySnowflake(writer, appSeq, messageSnowflake);
  }
  const id = findMessageId(event);
  const seq = id === null ? null : writer.windows.find(appSeq, WINDOW_KINDS.message, id);
  return seq === null ? null : loadMessage(writer, seq);
}

export function findContact(writer: Writer, appSeq: number, number: string): Contact | null {
  const key = `${appSeq} ${number}`;
  const kept = writer.registers.contacts.get(key);
  if (kept !== undefined) return kept;
  const contact = loadContact(writer, appSeq, number);
  if (contact !== null) writer.registers.contacts.set(key, contact);
  return contact;
}

export function findLine(writer: Writer, appSeq: number, number: string): Line | null {
  const key = `${appSeq} ${number}`;
  const kept = writer.registers.lines.get(key);
  if (kept !== undefined) return kept;
  const line = loadLine(writer, appSeq, number);
  if (line !== null) writer.registers.lines.set(key, line);
  return line;
}

export function findConversation(
  writer: Writer,
  p: { appSeq: number; line: string; contact: string },
): Conversation | null {
  const key = `${p.appSeq} ${p.line} ${p.contact}`;
  const kept = writer.registers.conversations.get(key);
  if (kept !== undefined) return kept;
  const conversation = loadConversation(writer, p);
  if (conversation !== null) writer.registers.conversations.set(key, conversation);
  return conversation;
}

/** The event and its participants, for which the registers are written. */
export type RegisterWrite = {
  readonly appSeq: number;
  readonly eventSeq: number;
  readonly now: number;
  readonly known: KnownMessage | null;
  readonly line: string | null;
  readonly contact: string | null;
  readonly change: RegisterChange;
};

export function writeRegister(writer: Writer, p: RegisterWrite): void {
  const { change } = p;
  if (change.message !== null) saveMessage(writer, p, change.message);
  if (change.contact !== null) saveContact(writer, p.appSeq, change.contact);
  if (change.line !== null) saveLine(writer, p, change.line);
  if (change.conversation !== null) saveConversation(writer, p, change.conversation);
}

function saveMessage(writer: Writer, p: RegisterWrite, message: Message): void {
  if (p.known !== null) {
    const record = writeMessage(message, { withText: true });
    writer.sql("UPDATE message SET record = ? WHERE seq = ?").run(record, p.known.seq);
    return;
  }
  const seq = writer.sequences.next("message");
  writer
    .sql("INSERT INTO message (seq, appSeq, eventSeq, snowflake) VALUES (?, ?, ?, ?)")
    .run(seq, p.appSeq, p.eventSeq, message.snowflake);
  writer.windows.keep(p.appSeq, WINDOW_KINDS.message, message.id, seq);
  saveAttachments(writer, { ...p, messageSeq: seq, message });
}

function saveContact({ sql, registers }: Writer, appSeq: number, contact: Contact): void {
  sql(
    `INSERT INTO contact (appSeq, number, contactId, record) VALUES (?, ?, ?, ?)
      ON CONFLICT (appSeq, number) DO UPDATE SET record = excluded.record`,
  ).run(appSeq, contact.number, contact.contactId, JSON.stringify(contact));
  registers.contacts.set(`${appSeq} ${contact.number}`, contact);
}

/** Inserts a new line; only registration changes an existing one. */
function saveLine({ sql, registers }: Writer, p: RegisterWrite, line: Line): void {
  sql(
    `INSERT INTO line (appSeq, number, deviceId, payloadGeneration, createdAt)
      VALUES (?, ?, ?, ?, ?) ON CONFLICT (appSeq, number) DO NOTHING`,
  ).run(p.appSeq, line.number, line.deviceId, line.payloadGeneration, p.now);
  registers.lines.set(`${p.appSeq} ${line.number}`, line);
}

function saveConversation(
  { sql, registers }: Writer,
  p: RegisterWrite,
  conversation: Conversation,
): void {
  if (p.line === null || p.contact === null) return;
  const { fingerprint, optedOut } = conversation;
  sql(
    `INSERT INTO conversation (appSeq, line, contact, fingerprint, optedOut, changedAt)
      VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (appSeq, line, contact)
      DO UPDATE SET optedOut = excluded.optedOut, changedAt = excluded.changedAt`,
  ).run(p.appSeq, p.line, p.contact, fingerprint, optedOut ? 1 : 0, p.now);
  registers.conversations.set(`${p.appSeq} ${p.line} ${p.contact}`, conversation);
}
