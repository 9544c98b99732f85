/** The envelope of every answer: `success` beside `response`. */
import Type from "typebox";
import type { TSchema } from "typebox";
import type { ApiAnswer, ApiCall } from "../api-document.ts";
import type { JsonValue } from "../../core/json-value.ts";

/** Every call takes both, with its parameters in the query, the body, or some here and some there. */
export const METHODS = ["GET", "POST"] as const;

/** What a call of the document has in common with every other. */
export const SESSION = ["session"] as const;

/** What a call answers when it is done; refusals are added to it. */
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

/** As the documents print it, `success` first. */
export function success(response: unknown): object {
  return { success: true, response };
}
