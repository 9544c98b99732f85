/**
 * The registers of an app: messages, contacts, lines, and what a line and a contact have together.
 * Rows are read and written inside the accept transaction, as `decide` asks.
 */
import type { RegisterChange } from "../../core/decide-types.ts";
import type { Contact, Conversation, Line, Message } from "../../core/snapshot.ts";
import { readMessage, readParties, writeMessage } from "../snapshot-text.ts";
import type { Connection } from "./connection.ts";
import { WINDOW_KINDS } from "./windows.ts";
import type { Writer } from "./writer-types.ts";

export type KnownMessage = { readonly seq: number; readonly message: Message };

/** The message that the publisher calls `id`, within the dedupe window. */
export function findMessage(writer: Writer, appSeq: number, id: string): KnownMessage | null {
  const seq = writer.windows.find(appSeq, WINDOW_KINDS.message, id);
  if (seq === null) return null;
  const row = writer.sql("SELECT record, eventSeq FROM message WHERE seq = ?").get(seq);
  if (row === undefined) return null;
  const record = row["record"] as string | null;
  const message =
    record === null ? messageOfEvent(writer, row["eventSeq"] as number) : readMessage(record);
  return message === null ? null : { seq, message };
}

/** As the event that made it left it: until it changes, a message is kept there and nowhere else. */
function messageOfEvent({ sql }: Connection, eventSeq: number): Message | null {
  const row = sql("SELECT parties, payload FROM event WHERE seq = ?").get(eventSeq);
  if (row === undefined) return null;
  return readParties(row["parties"] as string | null, row["payload"] as string | null).message;
}

export function findContact(
  { sql, registers }: Writer,
  appSeq: number,
  number: string,
): Contact | null {
  const key = `${appSeq} ${number}`;
  const kept = registers.contacts.get(key);
  if (kept !== undefined) return kept;
  const row = sql("SELECT record FROM contact WHERE appSeq = ? AND number = ?").get(appSeq, number);
  if (row === undefined) return null;
  const contact = JSON.parse(row["record"] as string) as Contact;
  registers.contacts.set(key, contact);
  return contact;
}

export function findLine({ sql, registers }: Writer, appSeq: number, number: string): Line | null {
  const key = `${appSeq} ${number}`;
  const kept = registers.lines.get(key);
  if (kept !== undefined) return kept;
  const row = sql(
    "SELECT lineId, deviceId, payloadGeneration FROM line WHERE appSeq = ? AND number = ?",
  ).get(appSeq, number);
  if (row === undefined) return null;
  const line: Line = {
    lineId: row["lineId"] as string | null,
    number,
    deviceId: row["deviceId"] as number,
    payloadGeneration: row["payloadGeneration"] as Line["payloadGeneration"],
  };
  registers.lines.set(key, line);
  return line;
}

export function findConversation(
  { sql, registers }: Writer,
  p: { appSeq: number; line: string; contact: string },
): Conversation | null {
  const key = `${p.appSeq} ${p.line} ${p.contact}`;
  const kept = registers.conversations.get(key);
  if (kept !== undefined) return kept;
  const row = sql(
    "SELECT fingerprint, optedOut FROM conversation WHERE appSeq = ? AND line = ? AND contact = ?",
  ).get(p.appSeq, p.line, p.contact);
  if (row === undefined) return null;
  const conversation: Conversation = {
    fingerprint: row["fingerprint"] as string,
    optedOut: row["optedOut"] === 1,
  };
  registers.conversations.set(key, conversation);
  return conversation;
}

/** What the registers are written for: the event and who takes part in it. */
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
    if (message.attachmentKey !== p.known.message.attachmentKey) {
      saveAttachment(writer, p, p.known.seq, message);
    }
    return;
  }
  const seq = writer.sequences.next("message");
  writer
    .sql("INSERT INTO message (seq, appSeq, eventSeq, snowflake) VALUES (?, ?, ?, ?)")
    .run(seq, p.appSeq, p.eventSeq, message.snowflake);
  writer.windows.keep(p.appSeq, WINDOW_KINDS.message, message.id, seq);
  saveAttachment(writer, p, seq, message);
}

/** The whole of a text that is too long for a dialect's body, to be fetched by its key. */
function saveAttachment(writer: Writer, p: RegisterWrite, seq: number, message: Message): void {
  if (message.attachmentKey === null) return;
  const content = Buffer.from(message.text);
  writer
    .sql(
      `INSERT INTO attachment (key, appSeq, eventSeq, messageSeq, fileName, contentType, content,
        sizeBytes, createdAt) VALUES (?, ?, ?, ?, 'message.txt', 'text/plain', ?, ?, ?)`,
    )
    .run(message.attachmentKey, p.appSeq, p.eventSeq, seq, content, content.byteLength, p.now);
}

function saveContact({ sql, registers }: Writer, appSeq: number, contact: Contact): void {
  sql(
    `INSERT INTO contact (appSeq, number, contactId, record) VALUES (?, ?, ?, ?)
      ON CONFLICT (appSeq, number) DO UPDATE SET record = excluded.record`,
  ).run(appSeq, contact.number, contact.contactId, JSON.stringify(contact));
  registers.contacts.set(`${appSeq} ${contact.number}`, contact);
}

/** A line met for the first time; a known one changes only by being registered. */
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
