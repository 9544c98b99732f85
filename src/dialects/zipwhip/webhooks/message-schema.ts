/** The message object as a schema, for both payload generations, with its keys in order. */
import Type from "typebox";
import type { TSchema } from "typebox";
import type { Generation } from "./generation.ts";
import { MESSAGE_KEYS } from "./message-body.ts";
import type { MessageKey } from "./message-body.ts";
import { STATUS_CODES } from "./status-codes.ts";

const statusCode = Type.Union(
  STATUS_CODES.map(({ code, description, state, final }) =>
    Type.Literal(code, { description, "x-state": state, "x-final": final }),
  ),
  { description: "The status of the message; 4 for a received one." },
);

/** Fields that differ between the generations are strings in both, so one table describes both. */
const FIELDS: Readonly<Record<MessageKey, TSchema>> = {
  body: Type.String({
    description:
      "The text. If it exceeds the server's limit, only its beginning: the whole text is then a " +
      ".txt attachment, which supersedes this field.",
  }),
  bodySize: whole("Length of the whole text in characters (Unicode code points)."),
  address: Type.String({
    description: "`ptn:/` and the address of the contact, in both directions.",
  }),
  finalSource: Type.String({ description: "The sender." }),
  finalDestination: Type.String({ description: "The recipient." }),
  messageType: Type.Enum(["MO", "ZO"] as const, {
    description: "MO: received from a handset. ZO: sent from the line.",
  }),
  fingerprint: Type.String({
    pattern: "^\\d+$",
    description: "The conversation: the same for all texts between the line and the contact.",
  }),
  id: Type.Integer({
    format: "int64",
    description: "A 64-bit number, which a double cannot represent exactly.",
  }),
  cc: Type.Null(),
  visible: Type.Boolean({ description: "False once the message is deleted." }),
  read: Type.Boolean(),
  bcc: Type.Null(),
  contactId: whole("The contact's id within the application; may exceed 32 bits."),
  scheduledDate: Type.Null(),
  deviceId: whole("The line."),
  dateDeleted: timeOrNull("When the message was deleted."),
  messageTransport: whole("Internal to Zipwhip; the same number for all messages."),
  dateDelivered: timeOrNull("When the handset confirmed the message."),
  hasAttachment: Type.Boolean({
    description: "Whether messageAttachment/list returns anything: media, or the whole text.",
  }),
  dateCreated: Type.String({
    format: "date-time",
    description: "When the message was received or sent.",
  }),
  deleted: Type.Boolean(),
  dateRead: timeOrNull("When the message was marked as read."),
  statusCode,
  messageStatus: whole("Always 1003; Zipwhip never published its meaning."),
};

/** The message object of each generation. */
export const MESSAGE_SCHEMAS: Readonly<Record<Generation, TSchema>> = {
  "2020": messageSchema("2020", "Numbers in E.164, times in UTC with `Z`."),
  "2015": messageSchema(
    "2015",
    "Numbers of the North American plan as ten digits, times in Seattle's time zone with their offset.",
  ),
};

function messageSchema(generation: Generation, description: string): TSchema {
  return Type.Object(messageProperties(generation), {
    title: `Message, generation ${generation}`,
    description,
  });
}

/** The fields of the object, in the order of its generation. */
export function messageProperties(generation: Generation): Record<string, TSchema> {
  return Object.fromEntries(MESSAGE_KEYS[generation].map((key) => [key, FIELDS[key]] as const));
}

function whole(description: string): TSchema {
  return Type.Integer({ description });
}

function timeOrNull(description: string): TSchema {
  return Type.Union([Type.String({ format: "date-time" }), Type.Null()], { description });
}
