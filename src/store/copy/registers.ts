/**
 * Messages, contacts, their user ids, conversations, opt-outs. A message and its attachments are in the partition of their event's day.
 */
import type { Column, CopiedTable } from "./copied-table.ts";
import { copiedIdText } from "./copied-ids.ts";

/** A message or an attachment is only read with its event, and is deleted before it. */
function ofEvent(source: string): { joins: string; eventSeq: Column } {
  return {
    joins: `JOIN event ON event.seq = ${source}.eventSeq`,
    eventSeq: { type: "bigint", from: copiedIdText("event.acceptedAt", "event.seq") },
  };
}

const MESSAGE = ofEvent("message");
const ATTACHMENT = ofEvent("attachment");

export const REGISTERS: readonly CopiedTable[] = [
  {
    name: "message",
    source: "message",
    joins: MESSAGE.joins,
    key: ["seq"],
    isDaily: true,
    columns: {
      event_seq: MESSAGE.eventSeq,
      app_seq: "bigint",
      // Read as text: a JavaScript number cannot represent a snowflake exactly (I8).
      snowflake: { type: "bigint", from: "CAST(message.snowflake AS TEXT)" },
      record: "text",
      device_id: "bigint",
      fingerprint: "text",
    },
  },
  {
    name: "attachment",
    source: "attachment",
    joins: ATTACHMENT.joins,
    key: ["key"],
    isDaily: true,
    columns: {
      event_seq: ATTACHMENT.eventSeq,
      ordinal: "integer",
      app_seq: "bigint",
      key: "text",
      file_name: "text",
      content_type: "text",
      content: "bytea",
      url: "text",
      size_bytes: "bigint",
      created_at: "bigint",
    },
  },
  {
    name: "contact",
    source: "contact",
    key: ["appSeq", "number"],
    columns: { app_seq: "bigint", number: "text", contact_id: "bigint", record: "text" },
  },
  {
    name: "contact_alias",
    source: "contactAlias",
    key: ["appSeq", "userId"],
    columns: { app_seq: "bigint", user_id: "text", address: "text" },
  },
  {
    name: "conversation",
    source: "conversation",
    key: ["appSeq", "line", "contact"],
    columns: {
      app_seq: "bigint",
      line: "text",
      contact: "text",
      fingerprint: "text",
      opted_out: "boolean",
      changed_at: "bigint",
    },
  },
  {
    name: "erased_opt_out",
    source: "erasedOptOut",
    key: ["appSeq", "mark"],
    columns: { app_seq: "bigint", mark: "text" },
  },
];
