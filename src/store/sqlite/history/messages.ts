/**
 * The message register as clients read it. A message is found by Hookline's own id, which is unique in the
 * store. Its content is in the event that created it; without content the event has no message to show.
 */
import type { Attachment, MessageView, StoredAttachment } from "../../interface/messages.ts";
import { readMessage, readParticipants } from "../../accept/snapshot-text.ts";
import { findApp } from "../tenancy/apps.ts";
import type { Connection } from "../connection.ts";
import { isSnowflake, loadContact, loadConversation, loadLine } from "../accept/register-rows.ts";

type MessageRow = {
  readonly seq: number;
  readonly appSeq: number;
  readonly record: string | null;
  readonly participants: string;
  readonly payload: string;
};

type AttachmentRow = {
  readonly key: string;
  readonly fileName: string;
  readonly contentType: string;
  readonly sizeBytes: number | null;
  readonly createdAt: number;
};

/** The participants are those of the event that created the message, with their current data. */
export function getMessage(
  connection: Connection,
  p: { appRef: string; snowflake: bigint },
): MessageView | null {
  const row = findRow(connection, p);
  if (row === null) return null;
  const made = readParticipants(row.participants, row.payload);
  const message = row.record === null ? made.message : readMessage(row.record);
  if (message === null) return null;
  const { appSeq } = row;
  const line = made.line?.number ?? null;
  const contact = made.contact?.number ?? null;
  return {
    message,
    contact: contact === null ? null : loadContact(connection, appSeq, contact),
    line: line === null ? null : loadLine(connection, appSeq, line),
    conversation:
      line === null || contact === null
        ? null
        : loadConversation(connection, { appSeq, line, contact }),
  };
}

export function listAttachments(
  connection: Connection,
  p: { appRef: string; snowflake: bigint },
): readonly Attachment[] | null {
  const row = findRow(connection, p);
  if (row === null) return null;
  const rows = connection
    .sql(
      `SELECT key, fileName, contentType, sizeBytes, createdAt FROM attachment
       WHERE messageSeq = ? ORDER BY ordinal`,
    )
    .all(row.seq);
  return (rows as AttachmentRow[]).map(toAttachment);
}

export function getAttachment(connection: Connection, p: { key: string }): StoredAttachment | null {
  const row = connection
    .sql(
      `SELECT key, fileName, contentType, sizeBytes, attachment.createdAt, url, app.id AS appId
       FROM attachment JOIN app ON app.seq = attachment.appSeq
       WHERE key = ? AND app.deletedAt IS NULL`,
    )
    .get(p.key) as (AttachmentRow & { appId: string; url: string | null }) | undefined;
  return row === undefined ? null : { ...toAttachment(row), appId: row.appId, url: row.url };
}

export function getAttachedText(connection: Connection, p: { key: string }): Uint8Array | null {
  const row = connection
    .sql(
      `SELECT content FROM attachment JOIN app ON app.seq = attachment.appSeq
       WHERE key = ? AND app.deletedAt IS NULL`,
    )
    .get(p.key) as { content: Uint8Array | null } | undefined;
  return row?.content ?? null;
}

function toAttachment(row: AttachmentRow): Attachment {
  return {
    key: row.key,
    fileName: row.fileName,
    contentType: row.contentType,
    sizeBytes: row.sizeBytes,
    createdAt: row.createdAt,
  };
}

/** Null also after the content was expunged. */
function findRow(
  connection: Connection,
  p: { appRef: string; snowflake: bigint },
): MessageRow | null {
  const app = findApp(connection, p.appRef);
  if (app === null || !isSnowflake(p.snowflake)) return null;
  const row = connection
    .sql(
      `SELECT message.seq, message.appSeq, record, participants, payload
       FROM message JOIN event ON event.seq = message.eventSeq
       WHERE snowflake = ? AND message.appSeq = ? AND payload IS NOT NULL`,
    )
    .get(p.snowflake, app.seq);
  return (row as MessageRow | undefined) ?? null;
}
