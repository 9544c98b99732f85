/**
 * The message register as clients read it. A message is found by Hookline's id, which is unique in the store.
 * The event that created it has its content, so an event without content has no message to show.
 */
import type { Attachment, MessageView, StoredAttachment } from "../../interface/messages.ts";
import { readMessage, readParticipants } from "../../accept/snapshot-text.ts";
import { findApp } from "../tenancy/apps.ts";
import { isSnowflake, loadContact, loadConversation, loadLine } from "../accept/register-rows.ts";
import type { Reader } from "../types.ts";

type MessageRow = {
  readonly eventSeq: number;
  readonly appSeq: number;
  readonly record: string | null;
  readonly participants: string;
  readonly payload: string;
};

/** The participants are those of the event that created the message; their details are the current ones. */
export async function getMessage(
  reader: Reader,
  p: { appRef: string; snowflake: bigint },
): Promise<MessageView | null> {
  const row = await findRow(reader, p);
  if (row === null) return null;
  const made = readParticipants(row.participants, row.payload);
  const message = row.record === null ? made.message : readMessage(row.record);
  if (message === null) return null;
  const { appSeq } = row;
  const line = made.line?.number ?? null;
  const contact = made.contact?.number ?? null;
  return {
    message,
    contact: contact === null ? null : await loadContact(reader, appSeq, contact),
    line: line === null ? null : await loadLine(reader, appSeq, line),
    conversation:
      line === null || contact === null
        ? null
        : await loadConversation(reader, { appSeq, line, contact }),
  };
}

export async function listAttachments(
  reader: Reader,
  p: { appRef: string; snowflake: bigint },
): Promise<readonly Attachment[] | null> {
  const row = await findRow(reader, p);
  if (row === null) return null;
  return await reader.sql<Attachment>(
    `SELECT key, file_name, content_type, size_bytes, created_at FROM attachment
     WHERE event_seq = $1 ORDER BY ordinal`,
    [row.eventSeq],
  );
}

export async function getAttachment(
  reader: Reader,
  p: { key: string },
): Promise<StoredAttachment | null> {
  const [row] = await reader.sql<StoredAttachment>(
    `SELECT key, file_name, attachment.content_type, size_bytes, attachment.created_at, url,
       app.id AS app_id
     FROM attachment JOIN app ON app.seq = attachment.app_seq
       JOIN event ON event.seq = attachment.event_seq
     WHERE key = $1 AND app.deleted_at IS NULL AND event.accepted_at >= $2`,
    [p.key, reader.node.horizon()],
  );
  return row ?? null;
}

export async function getAttachedText(
  reader: Reader,
  p: { key: string },
): Promise<Uint8Array | null> {
  const [row] = await reader.sql<{ readonly content: Uint8Array | null }>(
    `SELECT content FROM attachment JOIN app ON app.seq = attachment.app_seq
       JOIN event ON event.seq = attachment.event_seq
     WHERE key = $1 AND app.deleted_at IS NULL AND event.accepted_at >= $2`,
    [p.key, reader.node.horizon()],
  );
  return row?.content ?? null;
}

/** Null also when the content was expunged. */
async function findRow(
  reader: Reader,
  p: { appRef: string; snowflake: bigint },
): Promise<MessageRow | null> {
  const app = await findApp(reader, p.appRef);
  if (app === null || !isSnowflake(p.snowflake)) return null;
  const [row] = await reader.sql<MessageRow>(
    `SELECT message.event_seq, message.app_seq, record, participants, payload
     FROM message JOIN event ON event.seq = message.event_seq
     WHERE snowflake = $1 AND message.app_seq = $2 AND payload IS NOT NULL AND accepted_at >= $3`,
    [p.snowflake, app.seq, reader.node.horizon()],
  );
  return row ?? null;
}
