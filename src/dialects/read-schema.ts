/**
 * Reads a JSON object by the schema that also documents it, and reports every problem at once, each with its
 * field. A name outside the schema is a problem too, so no field is silently ignored.
 */
import type { Static, TObject } from "typebox";
import { AppError, MOST_PROBLEMS, type FieldProblem } from "../core/error.ts";
import { isObject, type JsonValue } from "../core/json/json-value.ts";
import { findTextProblem } from "./check-text.ts";
import {
  inside,
  note,
  readFlag,
  readInstant,
  toEnumReader,
  toIntegerReader,
  toNumbersReader,
  toTextReader,
  type Notes,
  type Read,
  type Step,
} from "./read-values.ts";
import type { RequestSchema } from "./request-schema.ts";

/**
 * The meaning of a null in an optional field whose schema has no null. A patch refuses it; other calls treat
 * it as absent, because many clients send nulls for fields without a value.
 */
export type Nulls = "absent" | "refused";

/** Refuses with `invalid_field` or `unknown_field`. Absent fields are absent from the result. */
export type ReadBody<T> = (value: JsonValue, path?: readonly Step[]) => T;

const UNKNOWN = "this field is unknown or not supported: check its spelling or remove it";

export function createReader<S extends TObject>(schema: S, nulls: Nulls): ReadBody<Static<S>> {
  const read = toObjectReader(schema, nulls);
  return (value, path = []) => {
    const notes: Notes = { path: [...path], problems: [], unknown: [] };
    if (!isObject(value)) {
      const message = "must be a JSON object";
      const problems = [{ path, message, kind: "type_error" }];
      throw new AppError("invalid_field", `The body ${message}.`, { problems });
    }
    const result = read(value, notes);
    if (notes.problems.length + notes.unknown.length === 0) return result as Static<S>;
    const all = [...notes.problems, ...notes.unknown].slice(0, MOST_PROBLEMS);
    const [first] = all as [FieldProblem];
    const code = notes.problems.length > 0 ? "invalid_field" : "unknown_field";
    throw new AppError(code, `${first.path.join(".")}: ${first.message}`, { problems: all });
  };
}

export function toReader(schema: RequestSchema, nulls: Nulls): Read {
  const { anyOf, "~refine": refinements = [] } = schema;
  const read = anyOf === undefined ? toPlainReader(schema, nulls) : toNullable(schema, nulls);
  if (refinements.length === 0) return read;
  return (value, notes) => {
    const result = read(value, notes);
    if (result === undefined) return undefined;
    const broken = refinements.find(({ check }) => !check(result));
    return broken === undefined ? result : note(notes, broken.error(result));
  };
}

function toNullable({ anyOf = [] }: RequestSchema, nulls: Nulls): Read {
  const [schema, other] = anyOf;
  if (schema === undefined || other?.type !== "null") throw new Error("not a nullable schema");
  if (schema.enum !== undefined) return toEnumReader(schema.enum, ", or null");
  const read = toReader(schema, nulls);
  return (value, notes) => (value === null ? null : read(value, notes));
}

function toPlainReader(schema: RequestSchema, nulls: Nulls): Read {
  if (schema.enum !== undefined) return toEnumReader(schema.enum, "");
  if (schema.format === "date-time") return readInstant;
  switch (schema.type) {
    case "string":
      return toTextReader(schema);
    case "integer":
      return toIntegerReader(schema);
    case "boolean":
      return readFlag;
    case "array":
      return schema.items?.type === "integer"
        ? toNumbersReader(schema)
        : toListReader(schema, nulls);
    case "object":
      return schema.patternProperties === undefined
        ? toObjectReader(schema, nulls)
        : toMapReader(schema, nulls);
    case "null":
    case undefined:
      // The refinements of such a schema check the value.
      return (value) => value;
    default:
      throw new Error(`a request has no fields of type ${schema.type}`);
  }
}

/** Each distinct text is kept once. */
function toListReader(schema: RequestSchema, nulls: Nulls): Read {
  const { items = {}, minItems = 0, maxItems = Number.MAX_SAFE_INTEGER } = schema;
  const read = toReader(items, nulls);
  return (value, notes) => {
    if (!Array.isArray(value)) return note(notes, "must be a list of strings", "type_error.list");
    const given = value as readonly JsonValue[];
    if (given.length < minItems || given.length > maxItems) {
      const range = `must have ${minItems} to ${maxItems} items, or be null`;
      return note(notes, `${range}; it has ${given.length}`);
    }
    const entries = given.map((item, index) => inside(notes, index, () => read(item, notes)));
    return entries.includes(undefined) ? undefined : [...new Set(entries)];
  };
}

function toMapReader(schema: RequestSchema, nulls: Nulls): Read {
  const { patternProperties = {}, maxProperties = Number.MAX_SAFE_INTEGER } = schema;
  const names = schema["~names"];
  const [values = {}] = Object.values(patternProperties);
  const isOfTexts = values.type !== undefined || values.anyOf !== undefined;
  const read = toReader(values, nulls);
  return (value, notes) => {
    if (!isObject(value)) {
      return note(notes, `must be an object${isOfTexts ? " of strings" : ""}`, "type_error.dict");
    }
    const entries = Object.entries(value);
    if (entries.length > maxProperties)
      return note(notes, `must have at most ${maxProperties} entries; it has ${entries.length}`);
    const isSound = entries.map(([name, member]) =>
      inside(notes, name, () => {
        const problem = names && findTextProblem(name, names);
        if (problem !== undefined) note(notes, `the name ${problem}`);
        return read(member, notes) !== undefined && problem === undefined;
      }),
    );
    return isSound.every(Boolean) ? value : undefined;
  };
}

type Member = {
  readonly name: string;
  readonly read: Read;
  readonly isRequired: boolean;
  /** The meaning of a null. */
  readonly nulls: Nulls | "a value";
  readonly into: string | undefined;
  /** Whether a text under this name is an item of the aliased list. */
  readonly isItem: boolean;
};

function toObjectReader(schema: RequestSchema, nulls: Nulls): Read {
  const { properties = {}, required = [], additionalProperties } = schema;
  const isOpen = additionalProperties !== false && Object.keys(properties).length === 0;
  const members = Object.entries(properties).map(([name, member]): Member => {
    const isRequired = required.includes(name);
    const hasNull = member.anyOf !== undefined || member.type === "null";
    return {
      name,
      read: toReader(member, nulls),
      isRequired,
      nulls: hasNull ? "a value" : isRequired ? "refused" : nulls,
      into: member["~alias"],
      isItem: isList(properties[member["~alias"] ?? ""]) && !isList(member),
    };
  });
  return (given, notes) => {
    if (!isObject(given)) return note(notes, "must be a JSON object", "type_error.dict");
    if (isOpen) return given;
    const result: Record<string, unknown> = {};
    for (const member of members) {
      const value = Object.hasOwn(given, member.name) ? given[member.name] : undefined;
      // Most members of a request are absent.
      if (value === undefined && !member.isRequired) continue;
      // A closure for each member would be most of the garbage of a small request.
      notes.path.push(member.name);
      readMember(value, member, result, notes);
      notes.path.pop();
    }
    if (additionalProperties === false) noteUnknown(given, schema, notes);
    return result;
  };
}

function readMember(
  value: JsonValue | undefined,
  member: Member,
  result: Record<string, unknown>,
  notes: Notes,
): void {
  const { name, into = name } = member;
  if (value === undefined) {
    note(notes, "field required", "value_error.missing");
    return;
  }
  if (value === null && member.nulls !== "a value") {
    if (member.nulls === "refused") note(notes, "must not be null", "type_error.none.not_allowed");
    return;
  }
  const read = member.read(value, notes);
  if (read === undefined) return;
  const field = member.isItem && read !== null ? [read] : read;
  const before = result[into];
  if (before === undefined) result[into] = field;
  else if (toComparable(before) !== toComparable(field)) {
    const names = `${into} and ${name} are two names of one field`;
    notes.path.splice(-1, 1, into);
    note(notes, `${names}, but their values differ: give one of them`);
  }
}

/** The order of a list does not matter, and an empty one means the same as null. */
function toComparable(value: unknown): string {
  if (!Array.isArray(value)) return JSON.stringify(value);
  return JSON.stringify(value.length === 0 ? null : value.map(String).toSorted());
}

function isList(schema: RequestSchema | undefined): boolean {
  return schema?.type === "array" || (schema?.anyOf?.some(isList) ?? false);
}

function noteUnknown(
  given: { readonly [name: string]: JsonValue },
  { properties = {}, "~unknown": message = UNKNOWN }: RequestSchema,
  { path, unknown }: Notes,
): void {
  for (const name in given) {
    if (unknown.length >= MOST_PROBLEMS) return;
    if (!Object.hasOwn(properties, name))
      unknown.push({ path: [...path, name], message, kind: "value_error.extra" });
  }
}
