/** The calls on messages, as data. An id may have any of the names that Zipwhip's clients use. */
import Type from "typebox";
import type { ApiCall } from "../../api-document.ts";
import { answers, METHODS, SESSION } from "./answer.ts";
import { parseJson } from "../../../core/json/json.ts";
import { MESSAGE_SCHEMAS } from "../webhooks/message-schema.ts";
import { WEBHOOKS } from "../webhooks/webhooks.ts";

export const MOST_AT_ONCE = 100;

/** A 64-bit number as text, so that no digit is lost. */
export const messageId = Type.String({
  pattern: "^[0-9]{1,19}$",
  description: "the id of a message of this line, in digits",
});
const messageIds = Type.Array(messageId, {
  maxItems: MOST_AT_ONCE,
  description: `at most ${MOST_AT_ONCE} ids: repeated, separated by commas, or as a JSON list`,
});

export const GET_MESSAGE = Type.Object({
  id: Type.Optional(messageId),
  messageId: Type.Optional(messageId),
  message: Type.Optional(messageId),
});

export const MARK_MESSAGES = Type.Object({
  message: Type.Optional(messageIds),
  messages: Type.Optional(messageIds),
  id: Type.Optional(messageIds),
});

/** The message as its webhooks show it: the first example is a received message. */
const MESSAGE_EXAMPLE = parseJson(WEBHOOKS[0]?.example ?? "{}");
const DONE = answers(Type.Boolean(), { success: true, response: true });
const REFUSALS = ["invalid_field", "not_found"] as const;
const common = { tag: "Messages", methods: METHODS, security: SESSION } as const;

export const MESSAGE_CALLS: readonly ApiCall[] = [
  {
    ...common,
    id: "getMessage",
    path: "/message/get",
    summary: "Get a message as its webhooks show it",
    description: "`messageId` and `message` are other names of `id`.",
    fields: GET_MESSAGE,
    example: { fields: { id: "1327295480212647937" } },
    refusals: REFUSALS,
    answers: answers(Type.Union([MESSAGE_SCHEMAS["2020"], MESSAGE_SCHEMAS["2015"]]), {
      success: true,
      response: MESSAGE_EXAMPLE,
    }),
  },
  marking("readMessages", "/message/read", "Mark received messages as read", "message/read"),
  marking("deleteMessages", "/message/delete", "Delete messages", "message/delete"),
];

function marking(id: string, path: string, summary: string, webhook: string): ApiCall {
  return {
    ...common,
    id,
    path,
    summary,
    description:
      `Each marked message makes a \`${webhook}\` webhook, unless it was marked before. Either all are marked or ` +
      "none is. `messages` and `id` are other names of `message`.",
    fields: MARK_MESSAGES,
    example: { fields: { message: ["1327295480212647937"] } },
    refusals: [...REFUSALS, "rate_limited"],
    answers: DONE,
  };
}
