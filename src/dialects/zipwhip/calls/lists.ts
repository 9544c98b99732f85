/**
 * The messages of a line, and one of its conversations. A page has a start and a limit, and the newest message
 * is first, as Zipwhip's Python client describes it.
 */
import Type from "typebox";
import type { Static } from "typebox";
import { stringifyJson } from "../../../core/json/json.ts";
import { LIMITS } from "../../../core/limits.ts";
import { toAmount } from "../../../core/limits/limit.ts";
import { listMessages, readConversation } from "../../../operations/messages/list-messages.ts";
import type { Call } from "../../call.ts";
import { CONVERSATION, CONVERSATION_EXAMPLE, toConversation } from "./conversation.ts";
import { answers, lineCall } from "./line-call.ts";
import { STORED_EXAMPLE, STORED_MESSAGE, storedMessage } from "./stored-message.ts";

const USUAL_LIMIT = 30;
const MOST_OF_PAGE = 100;

const number = (description: string) =>
  Type.Optional(Type.String({ pattern: "^[0-9]{1,9}$", description }));
const PAGE = {
  start: number("the number of messages to skip, in digits; 0 is the newest message"),
  limit: number(
    `the most messages to return, in digits: ${USUAL_LIMIT} by default, ${MOST_OF_PAGE} at most`,
  ),
};
const LIST = Type.Object(PAGE);
const GET_CONVERSATION = Type.Object({
  fingerprint: Type.String({
    pattern: "^[0-9]{1,32}$",
    description: "the fingerprint of a conversation of this line, in digits",
  }),
  ...PAGE,
});

const COUNTS = {
  total: Type.Integer({ description: "The number of messages that the list has." }),
  size: Type.Integer({ description: "The number of messages in this answer." }),
};
const REACH =
  "A page may have fewer messages than `limit` when they are large: continue at `start` plus `size`. " +
  `Lists reach the newest ${toAmount(LIMITS.listedMessages, LIMITS.listedMessages.value)}, and have no ` +
  "deleted message and none from before the line was registered.";

export const LIST_CALLS: readonly Call[] = [
  lineCall(
    {
      tag: "Messages",
      id: "listMessages",
      path: "/message/list",
      summary: "List the messages of the line",
      description: `The newest message is first. ${REACH}`,
      fields: LIST,
      example: { fields: { start: "0", limit: "30" } },
      refusals: ["invalid_field", "rate_limited"],
      answers: answers(
        Type.Array(STORED_MESSAGE),
        { total: 1, size: 1, response: [STORED_EXAMPLE], success: true },
        COUNTS,
      ),
    },
    async (context, { caller, fields }, reply) => {
      const { messages, total } = await listMessages(context, { ...caller, ...toPage(fields) });
      const response = messages.map(storedMessage);
      const answer = { total, size: response.length, response, success: true };
      return reply.header("content-type", JSON_TYPE).send(stringifyJson(answer));
    },
  ),
  lineCall(
    {
      tag: "Messages",
      id: "getConversation",
      path: "/conversation/get",
      summary: "Get a conversation with its messages",
      description: `The newest message is first. ${REACH}`,
      fields: GET_CONVERSATION,
      example: { fields: { fingerprint: "1514465037", start: "0", limit: "30" } },
      refusals: ["invalid_field", "not_found", "rate_limited"],
      answers: answers(
        Type.Object({ conversation: CONVERSATION, messages: Type.Array(STORED_MESSAGE) }),
        {
          total: 1,
          size: 1,
          response: { conversation: CONVERSATION_EXAMPLE, messages: [STORED_EXAMPLE] },
          success: true,
        },
        COUNTS,
      ),
    },
    async (context, { caller, fields }, reply) => {
      const { fingerprint } = fields;
      const view = await readConversation(context, { ...caller, ...toPage(fields), fingerprint });
      const messages = view.messages.map(storedMessage);
      const response = { conversation: toConversation(view), messages };
      const answer = { total: view.total, size: messages.length, response, success: true };
      return reply.header("content-type", JSON_TYPE).send(stringifyJson(answer));
    },
  ),
];

const JSON_TYPE = "application/json; charset=utf-8";

function toPage({ start = "0", limit = String(USUAL_LIMIT) }: Static<typeof LIST>) {
  return { start: Number(start), limit: Math.min(Number(limit), MOST_OF_PAGE) };
}
