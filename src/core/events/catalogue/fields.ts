/**
 * The fields of canonical payloads. The `description` of each field is a noun phrase that states its allowed
 * values: the JSON Schema and the refusal of a wrong value ("it must be …") use the same words. Lengths count
 * code points. Text that becomes a key of the store or a header must not contain control characters, since
 * not every database or peer can carry them.
 */
import Type from "typebox";
import { NOT_DOTS_ALONE, NOT_DOTS_MEANING } from "../../ids/chosen-id.ts";
import { INSTANT_FORM } from "../../instant.ts";
import { CHANNELS, MESSAGE_STATUSES } from "../../messages/message-status.ts";
import type { MessageStatus } from "../../messages/message-status.ts";
import {
  ADDRESS_FORMS,
  ADDRESS_PATTERN,
  LINE_FORMS,
  LINE_PATTERN,
  USER_ID_FORMS,
  USER_ID_PATTERN,
} from "../../messages/address.ts";

const VISIBLE = "^[^\\p{Cc}\\p{Cs}]*$";
const CHOSEN = VISIBLE.replace("^", `^${NOT_DOTS_ALONE}`);
const MEDIA_URL = "^https?://[^\\s\\p{Cc}\\p{Cs}]+$";
const MEDIA_TYPE = "^[\\w.+-]+/[\\w.+-]+(?:\\s*;[\\x20-\\x7e]*)?$";

const MESSAGE_TEXT_LIMIT = 65_536;
const MEDIA_LIMIT = 32;
const PARTICIPANT_LIMIT = 256;

/** A text that is printed and compared, never split: ids, names, labels. */
function label(maxLength: number, meaning: string, pattern = VISIBLE) {
  return Type.String({
    minLength: 1,
    maxLength,
    pattern,
    description: `${meaning} (text of 1 to ${maxLength} characters, no control characters)`,
  });
}

/** An id that the publisher chose. */
function chosenId(meaning: string) {
  return label(256, `${meaning}, ${NOT_DOTS_MEANING}`, CHOSEN);
}

export const messageId = chosenId("the publisher's id of the message, unique per application");
export const groupId = chosenId("the publisher's id of the group");
export const templateId = chosenId("the id of the template");
export const accountId = chosenId("the id of the account");
export const personName = label(256, "a name");
export const reason = label(1_024, "a reason");
export const word = label(64, "a word");

export const address = Type.String({
  maxLength: 254,
  pattern: ADDRESS_PATTERN,
  description: ADDRESS_FORMS,
});
/** Beside a number; without a number, the address itself is the user id. */
export const userId = Type.String({
  maxLength: 135,
  pattern: USER_ID_PATTERN,
  description: USER_ID_FORMS,
});
export const lineNumber = Type.String({
  maxLength: 16,
  pattern: LINE_PATTERN,
  description: LINE_FORMS,
});

export const instant = Type.String({
  maxLength: 40,
  format: "date-time",
  description: INSTANT_FORM,
});

export const channel = Type.Enum(CHANNELS);
export const status = Type.Enum(Object.keys(MESSAGE_STATUSES) as MessageStatus[]);
export const direction = Type.Enum(["inbound", "outbound"] as const);
export const optOut = Type.Enum(["STOP", "UNSTOP"] as const);

export const messageText = Type.String({
  maxLength: MESSAGE_TEXT_LIMIT,
  description: `the text of the message, at most ${MESSAGE_TEXT_LIMIT} characters, "" when it has none`,
});

export const isTyping = Type.Boolean({ description: "true or false" });

const seconds = { minimum: 0, maximum: 2 ** 31 - 1 };
export const durationSeconds = Type.Integer({
  ...seconds,
  description: "a whole number of seconds from 0 to 2147483647",
});

const mediaItem = Type.Object({
  url: Type.String({
    maxLength: 2_048,
    pattern: MEDIA_URL,
    description: "an http or https URL of at most 2048 characters",
  }),
  contentType: Type.String({
    maxLength: 255,
    pattern: MEDIA_TYPE,
    description: "a media type such as image/jpeg",
  }),
  fileName: Type.Optional(label(255, "the name of the file")),
  sizeBytes: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      description: "a whole number of bytes, 0 or more",
    }),
  ),
});

export const media = Type.Array(mediaItem, {
  maxItems: MEDIA_LIMIT,
  description: `a list of at most ${MEDIA_LIMIT} media items`,
});
export const participants = Type.Array(address, {
  maxItems: PARTICIPANT_LIMIT,
  description: `a list of at most ${PARTICIPANT_LIMIT} addresses`,
});
export const contactTags = Type.Array(label(128, "a tag"), {
  maxItems: 64,
  description: "a list of at most 64 tags",
});

export const failure = Type.Object({
  code: Type.Optional(
    Type.Union([label(64, "a code"), Type.Integer()], {
      description: "a text of 1 to 64 characters, or a whole number within ±(2^53 - 1)",
    }),
  ),
  message: Type.String({ maxLength: 1_024, description: "a text of at most 1024 characters" }),
});
