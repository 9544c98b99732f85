/** The summary of a conversation, as Zipwhip's clients read it. It follows from the newest message. */
import Type from "typebox";
import type { Static } from "typebox";
import type { ConversationView } from "../../../operations/messages/list-messages.ts";
import { toExcerpt } from "../webhooks/excerpt.ts";
import { DEFAULT_GENERATION, GENERATIONS } from "../webhooks/generation.ts";
import { toContactAddress } from "../webhooks/message-body.ts";
import { EXAMPLE_MESSAGE } from "../webhooks/webhooks.ts";

const text = Type.String();

export const CONVERSATION = Type.Object({
  address: Type.String({ description: "`ptn:/` and the address of the contact." }),
  fingerprint: text,
  deviceId: Type.Integer({ description: "The line." }),
  unreadCount: Type.Integer({
    description: "Received messages that are not read, among the newest hundred.",
  }),
  lastContactId: Type.Integer(),
  lastContactDeviceId: Type.Integer({ description: "The line." }),
  lastContactFirstName: text,
  lastContactLastName: text,
  lastContactMobileNumber: text,
  lastMessageBody: Type.String({ description: "The `body` of the newest message." }),
  lastMessageDate: text,
  lastNonDeletedMessageDate: text,
  lastUpdated: text,
  new: Type.Boolean({ description: "Whether a message is unread." }),
  deleted: Type.Literal(false),
  deviceAddress: Type.Null(),
  cc: Type.Null(),
  bcc: Type.Null(),
});

export function toConversation({
  newest,
  unread,
}: Pick<ConversationView, "newest" | "unread">): Static<typeof CONVERSATION> {
  const { message, contact, line, conversation } = newest;
  const { address, time } = GENERATIONS[line?.payloadGeneration ?? DEFAULT_GENERATION];
  const mobileNumber = address(toContactAddress(message));
  const deviceId = line?.deviceId ?? 0;
  const at = time(message.createdAt);
  return {
    address: `ptn:/${mobileNumber}`,
    fingerprint: conversation?.fingerprint ?? "0",
    deviceId,
    unreadCount: unread,
    lastContactId: contact?.contactId ?? 0,
    lastContactDeviceId: deviceId,
    lastContactFirstName: contact?.firstName ?? "",
    lastContactLastName: contact?.lastName ?? "",
    lastContactMobileNumber: mobileNumber,
    lastMessageBody: toExcerpt(message.text, message),
    lastMessageDate: at,
    lastNonDeletedMessageDate: at,
    lastUpdated: at,
    new: unread > 0,
    deleted: false,
    deviceAddress: null,
    cc: null,
    bcc: null,
  };
}

export const CONVERSATION_EXAMPLE = toConversation({ newest: EXAMPLE_MESSAGE, unread: 1 });
