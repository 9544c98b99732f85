/** Rows of the registers, read through the writer's cache and written inside the accept transaction. */
import type { Contact, Conversation, Line, Message } from "../../../core/snapshot.ts";
import type { ConversationChange, NewMessage } from "../../accept/accept-state.ts";
import type { AttachmentRow } from "../../accept/attachment-rows.ts";
import {
  type ErasedConversation,
  OPT_OUT_KEY,
  toOptOutMark,
} from "../../accept/erased-opt-outs.ts";
import {
  CHANGED_COLUMNS,
  conversationKey,
  participantKey,
  writeContact,
} from "../../accept/register-rows.ts";
import { isListed } from "../../accept/listing.ts";
import { writeRecord } from "../../accept/snapshot-text.ts";
import { loadContact, loadConversation, loadLine } from "./register-rows.ts";
import { readSetting } from "../file/setting.ts";
import type { Writer } from "../thread/writer-types.ts";

const SAVE_CONTACT = `INSERT INTO contact (appSeq, number, contactId, record) VALUES (?, ?, ?, ?)
  ON CONFLICT (appSeq, number) DO UPDATE SET ${toChanges(CHANGED_COLUMNS.contact)}`;
const SAVE_CONVERSATION = `INSERT INTO conversation
    (appSeq, line, contact, fingerprint, optedOut, changedAt) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (appSeq, line, contact) DO UPDATE SET ${toChanges(CHANGED_COLUMNS.conversation)}`;

export function findContact(writer: Writer, appSeq: number, number: string): Contact | null {
  const key = participantKey(appSeq, number);
  const kept = writer.registers.contacts.get(key);
  if (kept !== undefined) return kept;
  const contact = loadContact(writer, appSeq, number);
  if (contact !== null) writer.registers.contacts.set(key, contact);
  return contact;
}

export function findLine(writer: Writer, appSeq: number, number: string): Line | null {
  const key = participantKey(appSeq, number);
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
  const key = conversationKey(p.appSeq, p.line, p.contact);
  const kept = writer.registers.conversations.get(key);
  if (kept !== undefined) return kept;
  const conversation = loadConversation(writer, p);
  if (conversation !== null) writer.registers.conversations.set(key, conversation);
  return conversation;
}

export function wasOptedOut(writer: Writer, p: ErasedConversation): boolean {
  const mark = toOptOutMark(readSetting(writer, OPT_OUT_KEY) ?? "", p);
  const found = writer.sql("SELECT 1 FROM erasedOptOut WHERE appSeq = ? AND mark = ?");
  return found.get(p.appSeq, mark) !== undefined;
}

/** Without a record, which the first change writes. Returns its number. */
export function insertMessage(
  { sql, sequences }: Writer,
  { appSeq, eventSeq, message, listing }: NewMessage,
): number {
  const seq = sequences.next("message");
  sql(
    `INSERT INTO message (seq, appSeq, eventSeq, snowflake, deviceId, fingerprint)
     VALUES (?, ?, ?, ?, ?, ?)`,
  ).run(seq, appSeq, eventSeq, message.snowflake, listing.deviceId, listing.fingerprint);
  return seq;
}

/** Messages are numbered in the order of their events, so a message that moves gets a new number. */
export function moveMessage(writer: Writer, ref: number, row: NewMessage): number {
  const { sql } = writer;
  sql("DELETE FROM message WHERE seq = ?").run(ref);
  const seq = insertMessage(writer, row);
  sql("UPDATE attachment SET eventSeq = ?, messageSeq = ? WHERE messageSeq = ?").run(
    row.eventSeq,
    seq,
    ref,
  );
  return seq;
}

/** A statement without the columns of the lists leaves their indexes alone. */
export function changeMessage({ sql }: Writer, seq: number, message: Message): void {
  const unlisted = isListed(message) ? "" : ", deviceId = NULL, fingerprint = NULL";
  sql(`UPDATE message SET record = ?${unlisted} WHERE seq = ?`).run(writeRecord(message), seq);
}

export function insertAttachment(
  { sql }: Writer,
  { appSeq, messageSeq, row }: { appSeq: number; messageSeq: number; row: AttachmentRow },
): void {
  sql(
    `INSERT INTO attachment (key, appSeq, eventSeq, messageSeq, ordinal, fileName, contentType,
      content, url, sizeBytes, createdAt) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(
    row.key,
    appSeq,
    row.eventSeq,
    messageSeq,
    row.ordinal,
    row.fileName,
    row.contentType,
    row.content,
    row.url,
    row.sizeBytes,
    row.createdAt,
  );
}

export function saveContact({ sql, registers }: Writer, appSeq: number, contact: Contact): void {
  sql(SAVE_CONTACT).run(appSeq, contact.number, contact.contactId, writeContact(contact));
  registers.contacts.set(participantKey(appSeq, contact.number), contact);
}

export function removeContact({ sql, registers }: Writer, appSeq: number, address: string): void {
  sql("DELETE FROM contact WHERE appSeq = ? AND number = ?").run(appSeq, address);
  registers.contacts.delete(participantKey(appSeq, address));
}

export function saveAlias(
  { sql }: Writer,
  p: { appSeq: number; userId: string; address: string },
): void {
  sql(
    `INSERT INTO contactAlias (appSeq, userId, address) VALUES (?, ?, ?)
      ON CONFLICT (appSeq, userId) DO UPDATE SET address = excluded.address`,
  ).run(p.appSeq, p.userId, p.address);
}

export function insertLine(
  { sql, registers }: Writer,
  { appSeq, line, now }: { appSeq: number; line: Line; now: number },
): void {
  sql(
    `INSERT INTO line (appSeq, number, deviceId, payloadGeneration, createdAt)
      VALUES (?, ?, ?, ?, ?) ON CONFLICT (appSeq, number) DO NOTHING`,
  ).run(appSeq, line.number, line.deviceId, line.payloadGeneration, now);
  registers.lines.set(participantKey(appSeq, line.number), line);
}

export function saveConversation(
  { sql, registers }: Writer,
  appSeq: number,
  { line, contact, conversation, now }: ConversationChange,
): void {
  const { fingerprint, optedOut } = conversation;
  sql(SAVE_CONVERSATION).run(appSeq, line, contact, fingerprint, optedOut ? 1 : 0, now);
  registers.conversations.set(conversationKey(appSeq, line, contact), conversation);
}

export function removeConversation(
  { sql, registers }: Writer,
  p: { appSeq: number; line: string; contact: string },
): void {
  sql("DELETE FROM conversation WHERE appSeq = ? AND line = ? AND contact = ?").run(
    p.appSeq,
    p.line,
    p.contact,
  );
  registers.conversations.delete(conversationKey(p.appSeq, p.line, p.contact));
}

function toChanges(columns: readonly string[]): string {
  return columns.map((name) => `${name} = excluded.${name}`).join(", ");
}
