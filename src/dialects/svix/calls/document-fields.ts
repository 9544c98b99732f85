/**
 * The building blocks of the native API's document. Limits are taken from the rules that the readers use, so
 * the document cannot differ.
 */
import Type from "typebox";
import type { TObject, TProperties, TSchema } from "typebox";
import type { JsonValue } from "../../../core/json/json-value.ts";
import type { ErrorCode } from "../../../core/error.ts";
import { SIGNATURE_HEADERS } from "../../../core/crypto/signature-headers.ts";
import type { ApiAnswer } from "../../api-document.ts";
import type { ListRules, TextRules } from "../../check-text.ts";
import { KEY_FORM } from "../../read-idempotency-key.ts";
import { refine } from "../../request-schema.ts";
import { MOST_ITEMS } from "./paging.ts";

/** The reference of the application in every example. */
export const EXAMPLE_APP = "blue-door";
export const EXAMPLE_ENDPOINT = "crm";
export const EXAMPLE_MESSAGE = "in-1024";
export const EXAMPLE_TEXT = "m-1024";
export const EXAMPLE_TYPE = "order.paid";
export const EXAMPLE_LOGIN = "login_2srOrx2ZWZBpBUvZwXKQmoEYga6";
export const EXAMPLE_NUMBER = "+12065550100";
export const EXAMPLE_KEY_ID = "key_2srOrx2ZWZBpBUvZwXKQmoEYga6";
export const EXAMPLE_ATTEMPT = "atmpt_2srOrx2ZWZBpBUvZwXKQmoEYga4";
export const EXAMPLE_TASK = "qtask_33qen93MNuelBAq1T9G7eHLJRsF";
export const EXAMPLE_DESTINATION = "warehouse";
export const EXAMPLE_TIME = "2026-05-06T04:00:00.000Z";

/** Refusals by the effect of a call, in addition to those that follow from its form. */
export const READING: readonly ErrorCode[] = ["invalid_field", "not_found"];
export const CHANGING: readonly ErrorCode[] = [...READING, "unknown_field", "conflict"];
export const MAKING: readonly ErrorCode[] = [...CHANGING, "idempotency_mismatch"];
export const DELETING: readonly ErrorCode[] = [...READING, "conflict"];

export function text({ min, max, form, meaning }: TextRules, description: string) {
  const schema = Type.String({
    description,
    ...(min === undefined ? undefined : { minLength: min }),
    ...(max === undefined ? undefined : { maxLength: max }),
    ...(form === undefined ? undefined : { pattern: form.source }),
  });
  if (form === undefined) return schema;
  return refine(
    schema,
    (value) => form.test(value),
    `must be ${meaning ?? `of the form ${form.source}`}`,
  );
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
  text: reference(
    "The publisher's id of the text, its id in another API, or the id of a message about it.",
  ),
  name: reference("The name of the event type."),
  line: reference("The id or number of the line."),
  login: reference("The id of the login."),
  key: reference("The id of the key."),
  task: reference("The id of the task."),
  group: reference("The id of the group of tasks."),
  destination: reference("The id or uid of the destination."),
  sink: reference("The id or uid of the destination."),
  consumer: reference("An id of the client's choice: letters, digits, hyphens, underscores, dots."),
} as const;

export type ParamName = keyof typeof PARAMS;

const EXAMPLE_PARAMS = {
  app: EXAMPLE_APP,
  endpoint: EXAMPLE_ENDPOINT,
  msg: EXAMPLE_MESSAGE,
  attempt: EXAMPLE_ATTEMPT,
  text: EXAMPLE_TEXT,
  name: EXAMPLE_TYPE,
  line: EXAMPLE_NUMBER,
  login: EXAMPLE_LOGIN,
  key: EXAMPLE_KEY_ID,
  task: EXAMPLE_TASK,
  group: "qgroup_33qen93MNuelBAq1T9G7eHLJRsF",
  destination: EXAMPLE_DESTINATION,
  sink: EXAMPLE_DESTINATION,
  consumer: "worker-1",
} as const satisfies Record<ParamName, string>;

/** The schema and the example of the parameters in a path. Null when it has none. */
export function toParams(
  path: string,
): { readonly schema: TObject; readonly example: Readonly<Record<string, string>> } | null {
  const names = Array.from(path.matchAll(/:(\w+)/g), ([, name]) => name as ParamName);
  if (names.length === 0) return null;
  const example = Object.fromEntries(names.map((name) => [name, EXAMPLE_PARAMS[name]]));
  const schema = Type.Object(Object.fromEntries(names.map((name) => [name, PARAMS[name]])));
  return { schema, example };
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
export const toOrderSchema = (otherwise: string) =>
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

/** Query parameters of all lists. */
export const PAGE = { limit: Type.Optional(limit), iterator: Type.Optional(iterator) };

/** `more` has the further fields of the page. */
export function toListSchema(item: TSchema, name: string, more: TProperties = {}): TObject {
  return shown(`ListOf${name}`, {
    ...more,
    data: Type.Array(item),
    iterator: nullable(Type.String({ description: "The iterator of the next page." })),
    prevIterator: nullable(Type.String({ description: "The iterator of the previous page." })),
    done: flag("Whether this is the last page."),
  });
}

/** The answers of a call that lists items. */
export function toPageAnswer<E extends { readonly id: string } & JsonValue>(
  description: string,
  name: string,
  { schema, example }: { readonly schema: TSchema; readonly example: E },
): Readonly<Record<number, ApiAnswer>> {
  const places = { iterator: example.id, prevIterator: `-${example.id}` };
  const shown = { data: [example], ...places, done: true };
  return { 200: answer(description, toListSchema(schema, name), shown) };
}

export const NOTHING: Readonly<Record<number, ApiAnswer>> = {
  204: { description: "The change is made.", schema: null },
};

export function answer(description: string, schema: TSchema, example: ApiAnswer["example"]) {
  return { description, schema, ...(example === undefined ? undefined : { example }) };
}
