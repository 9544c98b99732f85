/** Register rows in the file, for queries and for the writer's cache misses. */
import { isSnowflake } from "../../../core/ids/snowflake.ts";
import type { Contact, Conversation, Line } from "../../../core/snapshot.ts";
import type { KnownMessage } from "../../accept/accept-state.ts";
import { readMessage } from "../../accept/snapshot-text.ts";
import type { Connection } from "../connection.ts";

export function loadMessage(connection: Connection, seq: number): KnownMessage | null {
  const row = connection.sql("SELECT seq, record, eventSeq FROM message WHERE seq = ?").get(seq);
  return row === undefined ? null : knownMessage(connection, row);
}

/** Null for the message of another app, like an unknown one. */
export function loadMessageBySnowflake(
  connection: Connection,
  appSeq: number,
  snowflake: bigint,
): KnownMessage | null {
  if (!isSnowflake(snowflake)) return null;
  const row = connection
    .sql("SELECT seq, record, eventSeq FROM message WHERE snowflake = ? AND appSeq = ?")
    .get(snowflake, appSeq);
  return row === undefined ? null : knownMessage(connection, row);
}

/** The content of the event is loaded only where the message has no record. */
function knownMessage({ sql }: Connection, row: Record<string, unknown>): KnownMessage | null {
  const { seq, record, eventSeq } = row as { seq: number; record: string | null; eventSeq: number };
  const event =
    record === null
      ? sql("SELECT participants, payload FROM event WHERE seq = ?").get(eventSeq)
      : undefined;
  const { participants = null, payload = null } = (event ?? {}) as Partial<Content>;
  const message = readMessage({ record, participants, payload });
  return message === null ? null : { ref: seq, message };
}

type Content = { readonly participants: string | null; readonly payload: string | null };

export function loadContact({ sql }: Connection, appSeq: number, number: string): Contact | null {
  const row = sql("SELECT record FROM contact WHERE appSeq = ? AND number = ?").get(appSeq, number);
  return row === undefined ? null : (JSON.parse(row["record"] as string) as Contact);
}

export function loadLine({ sql }: Connection, appSeq: number, number: string): Line | null {
  const row = sql(
    "SELECT lineId, deviceId, payloadGeneration FROM line WHERE appSeq = ? AND number = ?",
  ).get(appSeq, number);
  if (row === undefined) return null;
  return {
    lineId: row["lineId"] as string | null,
    number,
    deviceId: row["deviceId"] as number,
    payloadGeneration: row["payloadGeneration"] as Line["payloadGeneration"],
  };
}

export function loadConversation(
  { sql }: Connection,
  p: { appSeq: number; line: string; contact: string },
): Conversation | null {
  const row = sql(
    "SELECT fingerprint, optedOut FROM conversation WHERE appSeq = ? AND line = ? AND contact = ?",
  ).get(p.appSeq, p.line, p.contact);
  if (row === undefined) return null;
  return { fingerprint: row["fingerprint"] as string, optedOut: row["optedOut"] === 1 };
}
