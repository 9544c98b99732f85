/**
 * The message register as clients read it. A message is found by Hookline's id, which is unique in the store.
 * The event that created it has its content, so an event without content has no message to show.
 */
import { isSnowflake } from "../../core/ids/snowflake.ts";
import type {
  Attachment,
  MessageStore,
  MessageView,
  StoredAttachment,
} from "../interface/messages.ts";
import type { Steps } from "../session.ts";
import { findApp } from "../tenancy/app-row.ts";
import { findLine, findPersons, readStored, type StoredMessage } from "./message-rows.ts";
import type { HistorySession } from "./session.ts";

type Params<M extends keyof MessageStore> = Parameters<MessageStore[M]>[0];

type MessageRow = StoredMessage & { readonly eventSeq: number; readonly appSeq: number };

/** The participants are those of the event that created the message, with their current data. */
export function* getMessage(s: HistorySession, p: Params<"get">): Steps<MessageView | null> {
  const row = yield* findMessage(s, p);
  if (row === null) return null;
  const { message, line, contact } = readStored(row);
  if (message === null) return null;
  const { appSeq } = row;
  const persons = yield* findPersons(s, {
    appSeq,
    line,
    addresses: contact === null ? [] : [contact],
  });
  const person = persons.get(contact ?? "");
  return {
    message,
    contact: person?.contact ?? null,
    line: line === null ? null : yield* findLine(s, appSeq, line),
    conversation: person?.conversation ?? null,
  };
}

export function* listAttachments(
  s: HistorySession,
  p: Params<"attachments">,
): Steps<readonly Attachment[] | null> {
  const row = yield* findMessage(s, p);
  if (row === null) return null;
  const found = yield* s.all<Attachment & { readonly ordinal: number }>(
    `SELECT key, file_name, content_type, size_bytes, created_at, ordinal FROM attachment
     WHERE event_seq = ?1`,
    [row.eventSeq],
  );
  return found.toSorted((one, other) => one.ordinal - other.ordinal).map(toAttachment);
}

export function* getAttachment(
  s: HistorySession,
  p: Params<"attachment">,
): Steps<StoredAttachment | null> {
  const row = yield* s.one<StoredAttachment>(
    `SELECT key, file_name, attachment.content_type, size_bytes, attachment.created_at, url,
       app.id AS app_id ${ATTACHED}`,
    [p.key, s.horizon()],
  );
  return row === null ? null : { ...toAttachment(row), appId: row.appId, url: row.url };
}

export function* getAttachedText(
  s: HistorySession,
  p: Params<"attachedText">,
): Steps<Uint8Array | null> {
  const row = yield* s.one<{ content: Uint8Array | null }>(`SELECT content ${ATTACHED}`, [
    p.key,
    s.horizon(),
  ]);
  return row?.content ?? null;
}

const ATTACHED = `FROM attachment JOIN app ON app.seq = attachment.app_seq
    JOIN event ON event.seq = attachment.event_seq
  WHERE key = ?1 AND app.deleted_at IS NULL AND event.accepted_at >= ?2`;

function toAttachment(row: Attachment): Attachment {
  return {
    key: row.key,
    fileName: row.fileName,
    contentType: row.contentType,
    sizeBytes: row.sizeBytes,
    createdAt: row.createdAt,
  };
}

/** Null also after the content was expunged. */
function* findMessage(s: HistorySession, p: Params<"get">): Steps<MessageRow | null> {
  const app = yield* findApp(s, p.appRef);
  // Both databases refuse a number that does not fit the column.
  if (app === null || !isSnowflake(p.snowflake)) return null;
  return yield* s.one<MessageRow>(
    `SELECT message.event_seq, message.app_seq, record, participants, payload
     FROM message JOIN event ON event.seq = message.event_seq
     WHERE snowflake = ?1 AND message.app_seq = ?2 AND payload IS NOT NULL AND accepted_at >= ?3`,
    [p.snowflake, app.seq, s.horizon()],
  );
}
