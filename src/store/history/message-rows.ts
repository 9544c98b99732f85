/** Stored messages and the present data of their participants. */
import type { Contact, Conversation, Line, Message } from "../../core/snapshot.ts";
import { readContact, readConversation, readLine } from "../accept/register-rows.ts";
import { readMessage, readParticipants } from "../accept/snapshot-text.ts";
import type { Steps } from "../session.ts";
import type { HistorySession } from "./session.ts";

/** The record of a message, and the content of the event that created it. */
export type StoredMessage = {
  readonly record: string | null;
  readonly participants: string;
  readonly payload: string;
};

/** The message after its last change, with the numbers of the line and contact of its event. */
export function readStored(row: StoredMessage): {
  readonly message: Message | null;
  readonly line: string | null;
  readonly contact: string | null;
} {
  const made = readParticipants(row.participants, row.payload);
  return {
    message: row.record === null ? made.message : readMessage(row),
    line: made.line?.number ?? null,
    contact: made.contact?.number ?? null,
  };
}

export function* findContact(
  s: HistorySession,
  appSeq: number,
  number: string,
): Steps<Contact | null> {
  return (yield* findContacts(s, appSeq, [number])).get(number) ?? null;
}

/** Contacts by number. */
export function* findContacts(
  s: HistorySession,
  appSeq: number,
  numbers: readonly string[],
): Steps<ReadonlyMap<string, Contact>> {
  const rows = yield* s.all<{ number: string; record: string }>(
    `SELECT number, record FROM contact
     WHERE app_seq = ?1 AND ${s.sql.oneOf("number", "?2", "text")}`,
    [appSeq, numbers],
  );
  return new Map(rows.map(({ number, record }) => [number, readContact(record)]));
}

export function* findLine(s: HistorySession, appSeq: number, number: string): Steps<Line | null> {
  const row = yield* s.one<Line>(
    `SELECT line_id, device_id, payload_generation FROM line
     WHERE app_seq = ?1 AND number = ?2`,
    [appSeq, number],
  );
  return row === null ? null : readLine(row, number);
}

export function* findConversation(
  s: HistorySession,
  p: { appSeq: number; line: string; contact: string },
): Steps<Conversation | null> {
  const found = yield* findConversations(s, { ...p, contacts: [p.contact] });
  return found.get(p.contact) ?? null;
}

/** Conversations of a line by the number of the contact. */
export function* findConversations(
  s: HistorySession,
  p: { appSeq: number; line: string; contacts: readonly string[] },
): Steps<ReadonlyMap<string, Conversation>> {
  const rows = yield* s.all<{
    contact: string;
    fingerprint: string;
    optedOut: boolean | number;
  }>(
    `SELECT contact, fingerprint, opted_out FROM conversation
     WHERE app_seq = ?1 AND line = ?2 AND ${s.sql.oneOf("contact", "?3", "text")}`,
    [p.appSeq, p.line, p.contacts],
  );
  return new Map(rows.map((row) => [row.contact, readConversation(row)]));
}
