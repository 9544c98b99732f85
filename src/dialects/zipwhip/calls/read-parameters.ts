/**
 * Zipwhip's clients send the same parameters in the query of a GET, as a form, as multipart or as JSON. This
 * module reads them into one flat map of text and validates it against the schema of the call. Names and
 * enumerated words are returned in the schema's spelling, in any letter case. A parameter that is given twice
 * must have one value. Unknown names are ignored.
 */
import type { FastifyRequest } from "fastify";
import type { Static, TObject } from "typebox";
import { AppError, refuseField } from "../../../core/error.ts";
import { parseJson } from "../../../core/json/json.ts";
import type { JsonValue } from "../../../core/json/json-value.ts";
import { checkWith, refuseNul } from "../../check-schema.ts";
import { readPairs } from "./read-pairs.ts";

/** The parts of a parameter's schema that are read here. */
type ParameterSchema = { readonly type?: string; readonly enum?: readonly unknown[] };

export type Parameters<S extends TObject> = {
  /** Null when no session was sent. The session is a credential and not part of the schema. */
  readonly session: string | null;
  /** Refuses with `invalid_field`, naming the parameters. */
  check(): Static<S>;
};

/** Refuses a request that has no readable parameters, or contradictory ones. */
export type ParameterReader<S extends TObject> = (
  request: FastifyRequest,
) => Promise<Parameters<S>>;

/**
 * An item of an array in the schema may be a separate parameter, a part of `a,b`, or an element of `["a"]`.
 */
export function parameterReader<S extends TObject>(schema: S): ParameterReader<S> {
  const check = checkWith(schema);
  const schemas = { ...schema.properties, session: {} } as Record<string, ParameterSchema>;
  const spellings = new Map(Object.keys(schemas).map((name) => [name.toLowerCase(), name]));
  return async (request) => {
    const given = new Map<string, string[]>();
    for (const [givenName, value] of await readPairs(request)) {
      const name = spellings.get(givenName.toLowerCase());
      const known = name === undefined ? undefined : schemas[name];
      if (name === undefined || known === undefined || value === null) continue;
      const values = given.get(name) ?? [];
      given.set(name, values);
      for (const one of toValues(name, value, known)) values.push(one);
    }
    const fields: Record<string, string | string[]> = {};
    for (const [name, values] of given) {
      fields[name] = schemas[name]?.type === "array" ? values : onlyValue(name, values);
    }
    const { session, ...rest } = fields;
    return { session: typeof session === "string" ? session : null, check: () => check(rest) };
  };
}

/** Restores an unescaped `+`, which arrives as a blank: ` 12065550188` means a number in E.164. */
export function repairedNumber(text: string): string {
  return text.replace(/^((?:ptn:\/)?) (?=\d{7,15}$)/i, "$1+");
}

function toValues(name: string, value: JsonValue, schema: ParameterSchema): string[] {
  if (schema.type === "array") return toItems(name, value);
  const text = toText(name, value);
  const listed = schema.enum?.find(
    (word) => typeof word === "string" && word.toLowerCase() === text.toLowerCase(),
  );
  return [typeof listed === "string" ? listed : text];
}

function toItems(name: string, value: JsonValue): string[] {
  if (Array.isArray(value)) return value.map((item) => toText(name, item));
  const text = toText(name, value);
  if (!text.trimStart().startsWith("[")) return text.split(",").map((item) => item.trim());
  return toItems(name, parseList(name, text));
}

function parseList(name: string, text: string): JsonValue {
  try {
    return parseJson(text);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw refuseField("invalid_field", [name], `${name} begins like a JSON list but is not JSON.`);
  }
}

function toText(name: string, value: JsonValue): string {
  refuseNul(value, [name]);
  if (typeof value !== "object") return value.toString();
  const what = value === null ? "null" : Array.isArray(value) ? "a list" : "an object";
  throw refuseField("invalid_field", [name], `${name} is ${what}; it must be a text.`);
}

function onlyValue(name: string, values: readonly string[]): string {
  const [first = "", ...others] = values;
  if (others.every((other) => other === first)) return first;
  const message = `${name} is given ${values.length} times with different values; give it once.`;
  throw refuseField("invalid_field", [name], message);
}
