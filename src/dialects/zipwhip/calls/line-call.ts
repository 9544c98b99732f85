/**
 * The form that all calls have. Every call accepts both methods, with its parameters in the query, in the
 * body, or in both. Every answer has `success` beside `response`.
 */
import type { FastifyReply } from "fastify";
import Type from "typebox";
import type { TObject, TSchema } from "typebox";
import type { ApiAnswer, ApiCall } from "../../api-document.ts";
import type { Call } from "../../call.ts";
import type { JsonValue } from "../../../core/json/json-value.ts";
import type { OperationContext } from "../../../operations/context.ts";
import { toActor } from "../../to-actor.ts";
import { loadLineCall } from "../caller.ts";
import type { LineCall } from "../caller.ts";
import { parameterReader } from "./read-parameters.ts";

/** The fields of a call that all of them share. */
export const ANY_CALL = {
  methods: ["GET", "POST"],
  /**
   * Bodies are read before authentication, because the session may be in them. The limit allows a hundred ids
   * as parts of a multipart body, or a URL with every character escaped.
   */
  bodyLimit: 16 * 1024,
} as const satisfies Partial<Call>;

export const SESSION = ["session"] as const;

/** A call that needs a session. `handle` is given its line and the checked parameters. */
export function lineCall<S extends TObject>(
  document: Omit<Call, "methods" | "security" | "fields" | "createHandler"> & {
    readonly fields: S;
    /** Changes webhooks, so the change is recorded with the line as its actor. */
    readonly changes?: true;
  },
  handle: (context: OperationContext, call: LineCall<S>, reply: FastifyReply) => Promise<unknown>,
): Call {
  const { changes = false, ...rest } = document;
  const read = parameterReader(document.fields);
  return {
    ...ANY_CALL,
    security: SESSION,
    ...rest,
    createHandler: (context) => async (request, reply) => {
      const call = await loadLineCall(context, request, read);
      const acting = changes
        ? toActor(context, request, `zipwhip.${rest.id}`, call.actor)
        : context;
      return await handle(acting, call, reply);
    },
  };
}

/** The answer of a successful call. Refusals are added to it. */
export function answers(
  response: TSchema,
  example: JsonValue,
  more: Readonly<Record<string, TSchema>> = {},
): ApiCall["answers"] {
  const answer: ApiAnswer = {
    description: "Done.",
    schema: Type.Object({ ...more, response, success: Type.Literal(true) }),
    example,
  };
  return { 200: answer };
}

/** The envelope as the documents print it, `success` first. */
export function success(response: unknown): object {
  return { success: true, response };
}
