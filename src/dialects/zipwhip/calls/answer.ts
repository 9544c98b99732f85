/** The envelope of every answer: `success` beside `response`. */
import Type from "typebox";
import type { TSchema } from "typebox";
import type { ApiAnswer, ApiCall } from "../../api-document.ts";
import type { JsonValue } from "../../../core/json/json-value.ts";

/** Every call accepts both methods, with its parameters in the query, in the body, or in both. */
export const METHODS = ["GET", "POST"] as const;

/** The fields that all calls of the document share. */
export const SESSION = ["session"] as const;

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
