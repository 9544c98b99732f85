/**
 * Sentences about a payload that does not fit a registered JSON Schema. The schema has any form, so a sentence
 * repeats the demand of the schema. Names in the payload are of any length, so each sentence is cut.
 */
import { fieldName, pointerToPath, shown } from "./payload-problems.ts";

/** The used part of an error of the schema library, which reports eight at most. */
export type SchemaError = {
  readonly keyword: string;
  /** JSON pointers to the value, and to the part of the schema. */
  readonly instancePath: string;
  readonly schemaPath: string;
  /** The demand of the schema, such as `must be string`. */
  readonly message: string;
  readonly params: { readonly requiredProperties?: readonly string[] };
};
export type SchemaProblem = { readonly path: string; readonly message: string };

const LONGEST_PATH = 200;
const LONGEST_MESSAGE = 400;
/** Errors that only say that an error below them exists. */
const OUTER: ReadonlySet<string> = new Set([
  "additionalProperties",
  "unevaluatedProperties",
  "anyOf",
  "oneOf",
  "allOf",
  "if",
  "propertyNames",
]);

type Field = {
  readonly path: readonly (string | number)[];
  readonly demands: string[];
  isChoice: boolean;
};

/** `payload` has exact integers, which a sentence shows. There is one problem per field. */
export function toSchemaProblems(
  errors: readonly SchemaError[],
  payload: unknown,
): readonly SchemaProblem[] {
  const fields = new Map<string, Field>();
  const inner = errors.filter(({ keyword }) => !OUTER.has(keyword));
  for (const error of inner.length === 0 ? errors : inner) {
    const path = pointerToPath(error.instancePath, payload);
    const { requiredProperties } = error.params;
    for (const name of requiredProperties ?? [null]) {
      const full = name === null ? path : [...path, name];
      const key = JSON.stringify(full);
      const field: Field = fields.get(key) ?? { path: full, demands: [], isChoice: false };
      fields.set(key, field);
      if (name === null) field.demands.push(toDemand(error));
      if (/\/(?:anyOf|oneOf)\//.test(error.schemaPath)) field.isChoice = true;
    }
  }
  return [...fields.values()].map((field) => toProblem(field, payload));
}

function toDemand({ keyword, message }: SchemaError): string {
  return keyword === "boolean" ? "is not in the schema" : message;
}

function toProblem({ path, demands, isChoice }: Field, payload: unknown): SchemaProblem {
  const name = fieldName(["payload", ...path]);
  const value = path.reduce<unknown>(
    (inside, step) => (inside as { readonly [step: string | number]: unknown } | null)?.[step],
    payload,
  );
  const unique = [...new Set(demands)];
  const message =
    unique.length === 0
      ? `${name} is missing.`
      : `${name} is ${shown(value)}; it ${unique.join(isChoice ? ", or " : ", and ")}.`;
  return { path: cut(name, LONGEST_PATH), message: cut(message, LONGEST_MESSAGE) };
}

function cut(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1).toWellFormed()}…`;
}
