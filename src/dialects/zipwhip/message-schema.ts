/** The message object as a schema, for both payload generations, its keys in their order. */
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
  { description: "How far the message has come; 4 for a received one." },
);

/** What differs between the generations is a string in both, so one table describes both. */
const FIELDS: Readonly<Record<MessageKey, TSchema>> = {
  body: Type.String({
    description:
      "The text. When it is over the server's limit, its beginning: the whole text is then a " +
      ".txt attachment, which supersedes this field.",
  }),
  bodySize: whole("Characters (Unicode code points) of the whole text."),
  address: Type.String({ description: "`ptn:/` and the other address, in both directions." }),
  finalSource: Type.String({ description: "The sender." }),
  finalDestination: Type.String({ description: "The recipient." }),
  messageType: Type.Enum(["MO", "ZO"] as const, {
    description: "MO: received from a handset. ZO: sent from the line.",
  }),
  fingerprint: Type.String({
    pattern: "^\\d+$",
    description: "The conversation: the same for all texts between the line and the other address.",
  }),
  id: Type.Integer({
    format: "int64",
    description: "A 64-bit number; a double does not hold all of its digits.",
  }),
  cc: Type.Null(),
  visible: Type.Boolean({ description: "False once it is deleted." }),
  read: Type.Boolean(),
  bcc: Type.Null(),
  contactId: whole("The other address, as the app knows it; may be beyond 32 bits."),
  scheduledDate: Type.Null(),
  deviceId: whole("The line."),
  dateDeleted: timeOrNull("When it was deleted."),
  messageTransport: whole("Internal to Zipwhip; the same number for all messages."),
  dateDelivered: timeOrNull("When the handset confirmed it."),
  hasAttachment: Type.Boolean({
    description: "Whether messageAttachment/list has something: media, or the whole text.",
  }),
  dateCreated: Type.String({ format: "date-time", description: "When it was received or sent." }),
  deleted: Type.Boolean(),
  dateRead: timeOrNull("When it was read on our side."),
  statusCode,
  messageStatus: whole("Its meaning was never published; always 1003."),
};

/** The message object of each generation; `message/get` answers with it too. */
export const MESSAGE_SCHEMAS: Readonly<Record<Generation, TSchema>> = {
  "2020": messageSchema("2020", "Numbers in E.164, times in UTC with `Z`."),
  "2015": messageSchema(
    "2015",
    "Numbers of the North American plan as ten digits, times of Seattle with their offset.",
  ),
};

function messageSchema(generation: Generation, description: string): TSchema {
  const properties = MESSAGE_KEYS[generation].map((key) => [key, FIELDS[key]] as const);
  return Type.Object(Object.fromEntries(properties), {
    title: `Message, generation ${generation}`,
    description,
  });
}

function whole(description: string): TSchema {
  return Type.Integer({ description });
}

function timeOrNull(description: string): TSchema {
  return Type.Union([Type.String({ format: "date-time" }), Type.Null()], { description });
}
