/**
 * Gets messages and marks them as read or deleted, which makes the webhooks of the same names. Ids are text
 * in requests and digits in answers: they are never converted to a double (I8).
 */
import type { FastifyInstance } from "fastify";
import { refuseField } from "../../../core/error.ts";
import type { OperationContext } from "../../../operations/context.ts";
import { markMessages } from "../../../operations/messages/mark-message.ts";
import type { MessageMark } from "../../../operations/messages/mark-message.ts";
import { readMessage } from "../../../operations/messages/read-message.ts";
import { success } from "./answer.ts";
import { mountCall } from "./call-route.ts";
import { loadLineCall } from "../caller.ts";
import { DEFAULT_GENERATION } from "../webhooks/generation.ts";
import { messageText } from "../webhooks/message-body.ts";
import { GET_MESSAGE, MARK_MESSAGES, MOST_AT_ONCE } from "./message-calls.ts";
import { parameterReader } from "./read-parameters.ts";

export function mountMessages(scope: FastifyInstance, context: OperationContext): void {
  const readGet = parameterReader(GET_MESSAGE);
  const readMark = parameterReader(MARK_MESSAGES);

  mountCall(scope, "/message/get", async (request, reply) => {
    const { caller, fields } = await loadLineCall(context, request, readGet);
    const [id, other] = toIds([fields.id, fields.messageId, fields.message], "id");
    if (id === undefined || other !== undefined) {
      throw refuseField(
        "invalid_field",
        ["id"],
        "id is given twice with different values; give it once.",
      );
    }
    const view = await readMessage(context, { ...caller, snowflake: id });
    const generation = view.line?.payloadGeneration ?? DEFAULT_GENERATION;
    const text = messageText(view, generation);
    return reply
      .header("content-type", "application/json; charset=utf-8")
      .send(`{"success":true,"response":${text}}`);
  });

  function mountMark(path: string, as: MessageMark): void {
    mountCall(scope, path, async (request) => {
      const { caller, fields } = await loadLineCall(context, request, readMark);
      const { message = [], messages = [], id = [] } = fields;
      const snowflakes = toIds([...message, ...messages, ...id], "message");
      if (snowflakes.length > MOST_AT_ONCE) {
        const text = `message has ${snowflakes.length} ids; it must have at most ${MOST_AT_ONCE}.`;
        throw refuseField("invalid_field", ["message"], text);
      }
      await markMessages(context, { ...caller, snowflakes, as });
      return success(true);
    });
  }
  mountMark("/message/read", "read");
  mountMark("/message/delete", "deleted");
}

/** Returns each id once. Refuses with `invalid_field` when there are none. */
function toIds(given: readonly (string | undefined)[], name: string): readonly bigint[] {
  const ids = new Set(given.filter((text) => text !== undefined).map(BigInt));
  if (ids.size > 0) return [...ids];
  throw refuseField("invalid_field", [name], `${name} is missing; it must be the id of a message.`);
}
