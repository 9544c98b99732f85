/** Stored messages and the present data of their participants. */
import type { Contact, Conversation, Line, Message } from "../../core/snapshot.ts";
import { isUserId } from "../../core/messages/address.ts";
import { joinConversations } from "../../core/messages/identity.ts";
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

/** A contact now, and its conversation with the line. */
type PresentPerson = {
  readonly contact: Contact | null;
  readonly conversation: Conversation | null;
};

/**
 * The persons of these addresses, as events named them. The number of a user id may be known by now, and a
 * conversation may still be stored under a former address.
 */
export function* findPersons(
  s: HistorySession,
  p: {
    readonly appSeq: number;
    readonly line: string | null;
    readonly addresses: readonly string[];
  },
): Steps<ReadonlyMap<string, PresentPerson>> {
  const { appSeq, line, addresses } = p;
  const aliases = yield* findAliases(s, appSeq, addresses.filter(isUserId));
  const present = addresses.map((address) => aliases.get(address) ?? address);
  const contacts = yield* findContacts(s, appSeq, [...new Set(present)]);
  const rows = present.map((one) => [one, ...(contacts.get(one)?.formerAddresses ?? [])]);
  const conversations: ReadonlyMap<string, Conversation> =
    line === null
      ? new Map()
      : yield* findConversations(s, { appSeq, line, contacts: [...new Set(rows.flat())] });
  return new Map(
    addresses.map((address, n) => {
      const [one = address, ...former] = rows[n] ?? [];
      const joined = joinConversations(
        conversations.get(one) ?? null,
        former.flatMap((each) => conversations.get(each) ?? []),
      );
      return [address, { contact: contacts.get(one) ?? null, conversation: joined }];
    }),
  );
}

function* findAliases(
  s: HistorySession,
  appSeq: number,
  userIds: readonly string[],
): Steps<ReadonlyMap<string, string>> {
  if (userIds.length === 0) return new Map();
  const rows = yield* s.all<{ userId: string; address: string }>(
    `SELECT user_id, address FROM contact_alias
     WHERE app_seq = ?1 AND ${s.sql.oneOf("user_id", "?2", "text")}`,
    [appSeq, userIds],
  );
  return new Map(rows.map(({ userId, address }) => [userId, address]));
}

/** Contacts by number. */
function* findContacts(
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

/** Conversations of a line by the address of the contact. */
function* findConversations(
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
