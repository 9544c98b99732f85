/** Register rows in the file, for queries and for the writer's cache misses. */
import type { Contact, Conversation, Line } from "../../../core/snapshot.ts";
import type { KnownMessage } from "../../accept/accept-state.ts";
import { readContact, readConversation, readLine } from "../../accept/register-rows.ts";
import { readMessage } from "../../accept/snapshot-text.ts";
import type { Connection } from "../connection.ts";

export function loadMessage(connection: Connection, seq: number): KnownMessage | null {
  const row = connection
    .sql("SELECT seq, appSeq, record, eventSeq FROM message WHERE seq = ?")
    .get(seq);
  return row === undefined ? null : knownMessage(connection, row);
}

export function loadMessageBySnowflake(
  connection: Connection,
  snowflake: bigint,
): KnownMessage | null {
  const row = connection
    .sql("SELECT seq, appSeq, record, eventSeq FROM message WHERE snowflake = ?")
    .get(snowflake);
  return row === undefined ? null : knownMessage(connection, row);
}

/** The content of the event is loaded only where the message has no record. */
function knownMessage({ sql }: Connection, row: Record<string, unknown>): KnownMessage | null {
  const { seq, appSeq, record, eventSeq } = row as MessageRow;
  const event =
    record === null
      ? sql("SELECT participants, payload FROM event WHERE seq = ?").get(eventSeq)
      : undefined;
  const { participants = null, payload = null } = (event ?? {}) as Partial<Content>;
  const message = readMessage({ record, participants, payload });
  return message === null ? null : { ref: seq, appSeq, message };
}

type MessageRow = {
  readonly seq: number;
  readonly appSeq: number;
  readonly record: string | null;
  readonly eventSeq: number;
};

type Content = { readonly participants: string | null; readonly payload: string | null };

export function loadContact({ sql }: Connection, appSeq: number, number: string): Contact | null {
  const row = sql("SELECT record FROM contact WHERE appSeq = ? AND number = ?").get(appSeq, number);
  return row === undefined ? null : readContact(row["record"] as string);
}

export function loadAlias({ sql }: Connection, appSeq: number, userId: string): string | null {
  const row = sql("SELECT address FROM contactAlias WHERE appSeq = ? AND userId = ?").get(
    appSeq,
    userId,
  );
  return row === undefined ? null : (row["address"] as string);
}

export function loadLine({ sql }: Connection, appSeq: number, number: string): Line | null {
  const row = sql(
    "SELECT lineId, deviceId, payloadGeneration FROM line WHERE appSeq = ? AND number = ?",
  ).get(appSeq, number);
  return row === undefined ? null : readLine(row as Omit<Line, "number">, number);
}

type ConversationRow = Parameters<typeof readConversation>[0];

export function loadConversation(
  { sql }: Connection,
  p: { appSeq: number; line: string; contact: string },
): Conversation | null {
  const row = sql(
    "SELECT fingerprint, optedOut FROM conversation WHERE appSeq = ? AND line = ? AND contact = ?",
  ).get(p.appSeq, p.line, p.contact);
  return row === undefined ? null : readConversation(row as ConversationRow);
}
