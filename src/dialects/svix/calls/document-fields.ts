/**
 * The building blocks of the native API's document. Limits are taken from the rules that the readers use, so
 * the document cannot differ.
 */
import Type from "typebox";
import type { TObject, TProperties, TSchema } from "typebox";
import type { ErrorCode } from "../../../core/error.ts";
import { SIGNATURE_HEADERS } from "../../../core/crypto/signature-headers.ts";
import type { ApiAnswer } from "../../api-document.ts";
import type { ListRules, TextRules } from "../../read-fields.ts";
import { KEY_FORM } from "../../read-idempotency-key.ts";
import { MOST_ITEMS } from "./paging.ts";

/** The reference of the application in every example. */
export const EXAMPLE_APP = "blue-door";
export const EXAMPLE_ENDPOINT = "crm";
export const EXAMPLE_MESSAGE = "in-1024";
export const EXAMPLE_TIME = "2026-05-06T04:00:00.000Z";

/** Refusals by the effect of a call, in addition to those that follow from its form. */
export const READING: readonly ErrorCode[] = ["invalid_field", "not_found"];
export const CHANGING: readonly ErrorCode[] = [...READING, "unknown_field", "conflict"];
export const MAKING: readonly ErrorCode[] = [...CHANGING, "idempotency_mismatch"];
export const DELETING: readonly ErrorCode[] = [...READING, "conflict"];

export function text({ min, max, form }: TextRules, description: string) {
  return Type.String({
    description,
    ...(min === undefined ? undefined : { minLength: min }),
    ...(max === undefined ? undefined : { maxLength: max }),
    ...(form === undefined ? undefined : { pattern: form.source }),
  });
}

export function texts({ min, max, item }: ListRules, description: string) {
  return Type.Array(text(item, ""), { minItems: min, maxItems: max, description });
}

export function nullable<T extends TSchema>(schema: T) {
  const { description } = schema as { readonly description?: string };
  return Type.Union([schema, Type.Null()], description === undefined ? undefined : { description });
}

/** A request body without additional fields. */
export function body<P extends TProperties>(name: string, properties: P): TObject<P> {
  return Type.Object(properties, { $id: name, additionalProperties: false });
}

export function shown<P extends TProperties>(name: string, properties: P): TObject<P> {
  return Type.Object(properties, { $id: name });
}

/**
 * Description for the other name of a field, as Svix's versions have it. Both may be given when they agree.
 */
export function alias(of: string): string {
  return `Another name of \`${of}\`.`;
}

export const instant = (description: string) => Type.String({ format: "date-time", description });
export const flag = (description: string) => Type.Boolean({ description });

const reference = (of: string) => Type.String({ minLength: 1, maxLength: 256, description: of });
const PARAMS = {
  app: reference("The id or uid of the application."),
  endpoint: reference("The id or uid of the endpoint."),
  msg: reference("The id of the message, or its eventId within the dedupe window."),
  attempt: reference("The id of the attempt."),
  name: reference("The name of the event type."),
  line: reference("The id or number of the line."),
  key: reference("The id of the key."),
  task: reference("The id of the task."),
} as const;

export function params(...names: readonly (keyof typeof PARAMS)[]): TObject {
  return Type.Object(Object.fromEntries(names.map((name) => [name, PARAMS[name]])));
}

export const ONCE = Type.Object({
  "idempotency-key": Type.Optional(
    text(
      { form: KEY_FORM },
      "For 24 hours, a repeat with the same key from the same caller returns the first answer.",
    ),
  ),
});

const limit = Type.Integer({
  minimum: 1,
  maximum: MOST_ITEMS,
  description: "Number of items in a page (default: 50).",
});
const iterator = Type.String({ description: "The `iterator` of the previous page." });
const order = (otherwise: string) =>
  Type.Optional(
    Type.Enum(["ascending", "descending"], {
      description: `Order by age (default: ${otherwise}).`,
    }),
  );

/** The field in a request, and in an answer if it was given. */
export const signatureHeaders = {
  given: Type.Optional(
    nullable(
      Type.Enum([...SIGNATURE_HEADERS], {
        description:
          "Names of the signature headers: `webhook-*`, `svix-*` or both. Null inherits the setting.",
      }),
    ),
  ),
  shown: Type.Optional(
    Type.Enum([...SIGNATURE_HEADERS], {
      description: "Names of the signature headers; absent when inherited.",
    }),
  ),
};

/** Query parameters of lists. Some lists have either order. */
export const PAGE = { limit: Type.Optional(limit), iterator: Type.Optional(iterator) };
export const ORDERED_PAGE = { ...PAGE, order: order("ascending") };
export const NEWEST_FIRST_PAGE = { ...PAGE, order: order("descending") };

export function toListSchema(item: TSchema, name: string): TObject {
  return shown(`ListOf${name}`, {
    data: Type.Array(item),
    iterator: nullable(Type.String({ description: "The iterator of the next page." })),
    prevIterator: nullable(Type.String({ description: "The iterator of the previous page." })),
    done: flag("Whether this is the last page."),
  });
}

export const NOTHING: Readonly<Record<number, ApiAnswer>> = {
  204: { description: "The change is made.", schema: null },
};

export function answer(description: string, schema: TSchema, example: ApiAnswer["example"]) {
  return { description, schema, ...(example === undefined ? undefined : { example }) };
}

export const JSON_BODY = { mediaTypes: ["application/json"], required: true } as const;
