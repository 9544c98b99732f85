/**
 * Schemas of requests. They are TypeBox schemas with a few hidden members, which direct the reader and stay
 * out of the documents.
 */
import Type from "typebox";
import type { TOptional, TSchema, TUnsafe } from "typebox";
import type { TextRules } from "./check-text.ts";

/** The part of a JSON Schema that the readers know, with the hidden members. */
export type RequestSchema = {
  readonly type?: string;
  readonly enum?: readonly (string | number)[];
  readonly anyOf?: readonly RequestSchema[];
  readonly properties?: Readonly<Record<string, RequestSchema>>;
  readonly patternProperties?: Readonly<Record<string, RequestSchema>>;
  readonly additionalProperties?: boolean;
  readonly required?: readonly string[];
  readonly items?: RequestSchema;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly format?: string;
  readonly "~refine"?: readonly Refinement[];
  readonly "~names"?: TextRules;
  readonly "~alias"?: string;
  readonly "~ignored"?: readonly string[];
  readonly "~unknown"?: string;
};

type Refinement = { check(value: unknown): boolean; error(value: unknown): string };

/** A schema with one more rule. `problem` completes the sentence "the field …". */
export function refine<T extends TSchema, V = Type.Static<T>>(
  schema: T,
  check: (value: V) => boolean,
  problem: string | ((value: V) => string),
): T {
  const error = typeof problem === "string" ? () => problem : problem;
  return Type.Refine(schema, check, error) as T;
}

/** A map from names to texts, with rules for the names too. */
export function toMapSchema<T extends TSchema>(
  { max, name }: { readonly max?: number; readonly name: TextRules },
  value: T,
  description: string,
) {
  const options = { ...(max === undefined ? undefined : { maxProperties: max }), description };
  return hide(Type.Record(Type.String(), value, options), "~names", name);
}

/** An instant in a request: RFC 3339 in the request, milliseconds for the handler. */
export function instantIn(description: string): TUnsafe<number> {
  return Type.Unsafe<number>(Type.String({ format: "date-time", description }));
}

/**
 * Another name of a field that stands before it. Both may be given when they agree. The handler sees the
 * field only. A text stands for a list with one item.
 */
export function toAlias<T extends TSchema>(
  of: string,
  toSchema: (description: string) => T,
): TOptional<T> {
  return hide(Type.Optional(toSchema(`Another name of \`${of}\`.`)), "~alias", of) as TOptional<T>;
}

/** Query parameters that are accepted without effect. */
export function ignoreNames<T extends TSchema>(names: readonly string[], query: T): T {
  return hide(query, "~ignored", names);
}

/** `problem` is the message about a field that an object does not have. */
export function explainUnknown<T extends TSchema>(problem: string, schema: T): T {
  return hide(schema, "~unknown", problem);
}

function hide<T extends TSchema>(schema: T, name: keyof RequestSchema, value: unknown): T {
  return Object.defineProperty(schema, name, { value, enumerable: false });
}
