/** The registers of an application as rows. The record of a message is in `snapshot-text.ts`. */
import type { Contact, Conversation, Line } from "../../core/snapshot.ts";
import { isTrue } from "../session.ts";

/** The columns that a change writes. A line has none, because it changes by its registration only. */
export const CHANGED_COLUMNS = {
  contact: ["contactId", "record"],
  conversation: ["optedOut", "changedAt"],
} as const;

/** Identifies a contact or a line. Keys begin with the number of their application. */
export function participantKey(appSeq: number, number: string): string {
  return `${appSeq} ${number}`;
}

export function conversationKey(appSeq: number, line: string, contact: string): string {
  return `${appSeq} ${line} ${contact}`;
}

/** Addresses may contain blanks; lines do not. */
export function toConversation(key: string): {
  readonly appSeq: number;
  readonly line: string;
  readonly contact: string;
} {
  const [appSeq, line] = key.split(" ", 2) as [string, string];
  return { appSeq: Number(appSeq), line, contact: key.slice(appSeq.length + line.length + 2) };
}

export function writeContact(contact: Contact): string {
  return JSON.stringify(contact);
}

export function readContact(record: string): Contact {
  return JSON.parse(record) as Contact;
}

export function readLine(row: Omit<Line, "number">, number: string): Line {
  const { lineId, deviceId, payloadGeneration } = row;
  return { lineId, number, deviceId, payloadGeneration };
}

export function readConversation(row: {
  readonly fingerprint: string;
  readonly optedOut: boolean | number;
}): Conversation {
  return { fingerprint: row.fingerprint, optedOut: isTrue(row.optedOut) };
}
