/**
 * A message as calls return it: the keys of its webhooks, and the keys that Zipwhip's own clients read. Zipwhip's
 * calls had a text for `id`, because JavaScript prints other digits for such a number.
 */
import Type from "typebox";
import type { TSchema } from "typebox";
import type { JsonValue } from "../../../core/json/json-value.ts";
import { MESSAGE_STATUSES } from "../../../core/messages/message-status.ts";
import type { Message } from "../../../core/snapshot.ts";
import { DEFAULT_GENERATION, GENERATIONS } from "../webhooks/generation.ts";
import type { Generation } from "../webhooks/generation.ts";
import {
  MESSAGE_KEYS,
  messageFields,
  toContactAddress,
  toMessageType,
} from "../webhooks/message-body.ts";
import type { ShownMessage } from "../webhooks/message-body.ts";
import { messageProperties } from "../webhooks/message-schema.ts";
import { EXAMPLE_MESSAGE } from "../webhooks/webhooks.ts";

/** Zipwhip's states. Its client knows PREPPING too, which no message of Hookline is in. */
const TRANSMISSION_STATES = ["ACCEPTED", "QUEUED", "DELIVERED", "ERROR"] as const;
type TransmissionState = (typeof TRANSMISSION_STATES)[number];

type Fields = { readonly [name: string]: JsonValue };

export function storedMessage(shown: ShownMessage): Fields {
  const { message, contact, line } = shown;
  const generation = line?.payloadGeneration ?? DEFAULT_GENERATION;
  const { address } = GENERATIONS[generation];
  const id = message.snowflake.toString();
  return {
    ...(Object.fromEntries(messageFields(shown, generation)) as Fields),
    id,
    uuid: id,
    type: toMessageType(message),
    sourceAddress: address(message.from),
    destAddress: address(message.to),
    // Zipwhip showed sent messages as read. Its clients take an unread one for a text that arrived.
    isRead: message.direction === "outbound" || message.readAt !== null,
    mobileNumber: address(toContactAddress(message)),
    firstName: contact?.firstName ?? "",
    lastName: contact?.lastName ?? "",
    contactDeviceId: line?.deviceId ?? 0,
    transmissionState: { name: toTransmissionState(message) },
    errorState: toTransmissionState(message) === "ERROR",
  };
}

function toTransmissionState({ status, direction }: Message): TransmissionState {
  if (status === null) return direction === "inbound" ? "DELIVERED" : "ACCEPTED";
  if (status === "in_process") return "ACCEPTED";
  if (status === "queued") return "QUEUED";
  return MESSAGE_STATUSES[status].failure ? "ERROR" : "DELIVERED";
}

const text = Type.String();
const MORE: Readonly<Record<string, TSchema>> = {
  id: Type.String({ pattern: "^\\d+$", description: "The message; a number in its webhooks." }),
  uuid: Type.String({ description: "The same as `id`." }),
  type: Type.Enum(["MO", "ZO"], { description: "The same as `messageType`." }),
  sourceAddress: Type.String({ description: "The sender." }),
  destAddress: Type.String({ description: "The recipient." }),
  isRead: Type.Boolean({ description: "True also for every sent message." }),
  mobileNumber: Type.String({ description: "The address of the contact." }),
  firstName: text,
  lastName: text,
  contactDeviceId: Type.Integer({ description: "The line." }),
  transmissionState: Type.Object({ name: Type.Enum(TRANSMISSION_STATES) }),
  errorState: Type.Boolean({ description: "Whether the message has failed." }),
};

function toSchema(generation: Generation): TSchema {
  const properties = { ...messageProperties(generation), ...MORE };
  return Type.Object(properties, { title: `Stored message, generation ${generation}` });
}

/** A message of a line of either generation. */
export const STORED_MESSAGE = Type.Union(
  (Object.keys(MESSAGE_KEYS) as Generation[]).map((generation) => toSchema(generation)),
);

export const STORED_EXAMPLE = storedMessage(EXAMPLE_MESSAGE);
