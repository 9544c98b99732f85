/** The events between a line and a contact: opt-outs, calls and typing. */
import Type from "typebox";
import { defineEvent } from "../define-event.ts";
import { at } from "./event-time.ts";
import { AT, CONTACT, LINE } from "./example-values.ts";
import * as field from "./fields.ts";

const conversation = {
  line: field.lineNumber,
  contact: field.address,
  contactUserId: Type.Optional(field.userId),
};

function toParticipants(p: { line: string; contact: string; contactUserId?: string }) {
  const { line, contact, contactUserId } = p;
  return contactUserId === undefined ? { line, contact } : { line, contact, contactUserId };
}

export const CONVERSATION_EVENTS = {
  "optout.changed": defineEvent({
    groupName: "optouts",
    description: "A contact opted out of a line, or opted in again.",
    schema: Type.Object({
      ...conversation,
      type: field.optOut,
      messageId: Type.Optional(field.messageId),
      text: Type.Optional(field.messageText),
      occurredAt: Type.Optional(field.instant),
    }),
    example: {
      line: LINE,
      contact: CONTACT,
      type: "STOP",
      messageId: "in-1025",
      text: "Stop",
      occurredAt: AT,
    },
    flatten: (p) => ({
      ...toParticipants(p),
      optOut: p.type,
      ...(p.messageId === undefined ? {} : { messageId: p.messageId }),
      ...(p.text === undefined ? {} : { text: p.text }),
      ...at(p.occurredAt),
    }),
  }),
  "call.logged": defineEvent({
    groupName: "calls",
    description: "A voice call of a line ended or was missed.",
    schema: Type.Object({
      ...conversation,
      direction: field.direction,
      status: field.word,
      durationSeconds: Type.Optional(field.durationSeconds),
      startedAt: Type.Optional(field.instant),
    }),
    example: {
      line: LINE,
      contact: CONTACT,
      direction: "inbound",
      status: "completed",
      durationSeconds: 74,
      startedAt: AT,
    },
    flatten: (p) => ({ ...toParticipants(p), ...at(p.startedAt) }),
  }),
  "typing.changed": defineEvent({
    groupName: "typing",
    description: "A contact started or stopped typing.",
    schema: Type.Object({
      ...conversation,
      isTyping: field.isTyping,
      occurredAt: Type.Optional(field.instant),
    }),
    example: { line: LINE, contact: CONTACT, isTyping: true, occurredAt: AT },
    flatten: (p) => ({ ...toParticipants(p), ...at(p.occurredAt) }),
  }),
};
