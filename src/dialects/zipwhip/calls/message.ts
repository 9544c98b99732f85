/**
 * Gets messages and marks them as read or deleted, which makes the webhooks of the same names. Ids are text,
 * and are never converted to a double (I8). An id may have any of the names that Zipwhip's clients use.
 */
import Type from "typebox";
import { refuseField } from "../../../core/error.ts";
import { stringifyJson } from "../../../core/json/json.ts";
import { markMessages } from "../../../operations/messages/mark-message.ts";
import type { MessageMark } from "../../../operations/messages/mark-message.ts";
import { readMessage } from "../../../operations/messages/read-message.ts";
import type { Call } from "../../call.ts";
import { answers, lineCall, success } from "./line-call.ts";
import { STORED_EXAMPLE, STORED_MESSAGE, storedMessage } from "./stored-message.ts";

const MOST_AT_ONCE = 100;

/** A 64-bit number as text, so that no digit is lost. */
export const messageId = Type.String({
  pattern: "^[0-9]{1,19}$",
  description: "the id of a message of this line, in digits",
});
const messageIds = Type.Array(messageId, {
  maxItems: MOST_AT_ONCE,
  description: `at most ${MOST_AT_ONCE} ids: repeated, separated by commas, or as a JSON list`,
});

const GET_MESSAGE = Type.Object({
  id: Type.Optional(messageId),
  messageId: Type.Optional(messageId),
  message: Type.Optional(messageId),
});

const MARK_MESSAGES = Type.Object({
  message: Type.Optional(messageIds),
  messages: Type.Optional(messageIds),
  id: Type.Optional(messageIds),
});

const DONE = answers(Type.Boolean(), { success: true, response: true });
const REFUSALS = ["invalid_field", "not_found"] as const;

export const MESSAGE_CALLS: readonly Call[] = [
  lineCall(
    {
      tag: "Messages",
      id: "getMessage",
      path: "/message/get",
      summary: "Get a message",
      description:
        "It has the keys of its webhooks, with the `id` as a text, and the keys that Zipwhip's clients " +
        "read. `messageId` and `message` are other names of the parameter `id`.",
      fields: GET_MESSAGE,
      example: { fields: { id: "1327295480212647937" } },
      refusals: REFUSALS,
      answers: answers(STORED_MESSAGE, { success: true, response: STORED_EXAMPLE }),
    },
    async (context, { caller, fields }, reply) => {
      const [id, other] = toIds([fields.id, fields.messageId, fields.message], "id");
      if (id === undefined || other !== undefined) {
        throw refuseField(
          "invalid_field",
          ["id"],
          "id is given twice with different values; give it once.",
        );
      }
      const view = await readMessage(context, { ...caller, snowflake: id });
      return reply
        .header("content-type", "application/json; charset=utf-8")
        .send(stringifyJson(success(storedMessage(view))));
    },
  ),
  marking("read", {
    id: "readMessages",
    path: "/message/read",
    summary: "Mark received messages as read",
  }),
  marking("deleted", { id: "deleteMessages", path: "/message/delete", summary: "Delete messages" }),
];

/** The webhook of a marked message has the name of the call that marked it. */
function marking(as: MessageMark, named: Pick<Call, "id" | "path" | "summary">): Call {
  return lineCall(
    {
      ...named,
      tag: "Messages",
      description:
        `Each marked message makes a \`${named.path.slice(1)}\` webhook, unless it was marked before. Either all are marked or ` +
        "none is. `messages` and `id` are other names of `message`.",
      fields: MARK_MESSAGES,
      example: { fields: { message: ["1327295480212647937"] } },
      refusals: [...REFUSALS, "rate_limited"],
      answers: DONE,
    },
    async (context, { caller, fields }) => {
      const { message = [], messages = [], id = [] } = fields;
      const snowflakes = toIds([...message, ...messages, ...id], "message");
      if (snowflakes.length > MOST_AT_ONCE) {
        const text = `message has ${snowflakes.length} ids; it must have at most ${MOST_AT_ONCE}.`;
        throw refuseField("invalid_field", ["message"], text);
      }
      await markMessages(context, { ...caller, snowflakes, as });
      return success(true);
    },
  );
}

/** Returns each id once. Refuses with `invalid_field` when there are none. */
function toIds(given: readonly (string | undefined)[], name: string): readonly bigint[] {
  const ids = new Set(given.filter((text) => text !== undefined).map(BigInt));
  if (ids.size > 0) return [...ids];
  throw refuseField("invalid_field", [name], `${name} is missing; it must be the id of a message.`);
}
