/**
 * Reads the fields of a JSON object by hand and reports every problem at once, each with its field. A name
 * that was never read is a problem too, so no field is silently ignored. A reader returns undefined for an
 * absent field and null for a null one.
 */
import { AppError, MOST_PROBLEMS, type FieldProblem } from "../core/error.ts";
import { INSTANT_FORM, parseInstant } from "../core/instant.ts";
import { isObject, type JsonValue } from "../core/json/json-value.ts";
import { findTextProblem, type ListRules, type TextRules } from "./check-text.ts";
import type { Notes, Read } from "./read-values.ts";

type Path = readonly (string | number)[];
type Given<T> = T | null | undefined;

export type FieldReader = {
  text(name: string, rules?: TextRules): Given<string>;
  integer(name: string, rules: { readonly min: number; readonly max: number }): Given<number>;
  flag(name: string): Given<boolean>;
  /** An RFC 3339 time, as milliseconds. */
  instant(name: string): Given<number>;
  texts(name: string, rules: ListRules): Given<readonly string[]>;
  /** A nested object. Its problems are collected here too. */
  object(name: string): Given<FieldReader>;
  /** A nested value, read by its schema. */
  nested(name: string, read: Read): unknown;
  /** The value without any check. */
  value(name: string): JsonValue | undefined;
  /** Adds a problem of the field, for rules that only the caller knows. */
  refuse(name: string, message: string, kind?: string): void;
  /** Reports an absent or null field as missing. Returns whether it is present. */
  require(name: string): boolean;
  /** Throws when there are problems or fields that were never read. */
  finish(): void;
};

/** The fields of `value`, which is at `path`. Refuses with `invalid_field` when it is not an object. */
export function readFields(value: JsonValue, path: Path = []): FieldReader {
  if (!isObject(value)) {
    const message = "must be a JSON object";
    throw new AppError("invalid_field", `The body ${message}.`, {
      problems: [{ path, message, kind: "type_error" }],
    });
  }
  const problems: FieldProblem[] = [];
  const reader = createReader(value, path, problems);
  return { ...reader.fields, finish: () => finish(problems, reader.unknown()) };
}

function createReader(
  given: { readonly [name: string]: JsonValue },
  path: Path,
  problems: FieldProblem[],
): { fields: FieldReader; unknown: () => FieldProblem[] } {
  const asked = new Set<string>();
  const inner: (() => FieldProblem[])[] = [];

  function note(at: Path, message: string, kind = "value_error"): undefined {
    if (problems.length < MOST_PROBLEMS) {
      problems.push({ path: [...path, ...at], message, kind });
    }
  }
  function take(name: string): JsonValue | undefined {
    asked.add(name);
    return Object.hasOwn(given, name) ? given[name] : undefined;
  }
  function checkText(at: Path, value: JsonValue, rules: TextRules): string | undefined {
    if (typeof value !== "string") return note(at, "must be a string", "type_error.string");
    const problem = findTextProblem(value, rules);
    return problem === undefined ? value : note(at, problem);
  }

  const fields: FieldReader = {
    text(name, rules = {}) {
      const value = take(name);
      return value === undefined || value === null ? value : checkText([name], value, rules);
    },
    integer(name, { min, max }) {
      const value = take(name);
      if (value === undefined || value === null) return value;
      const isWhole = typeof value === "number" && Number.isSafeInteger(value);
      if (isWhole && value >= min && value <= max) return value;
      return note(
        [name],
        `must be a whole number from ${min} to ${max}`,
        isWhole ? "value_error" : "type_error.integer",
      );
    },
    flag(name) {
      const value = take(name);
      if (value === undefined || value === null || typeof value === "boolean") return value;
      return note([name], "must be true or false", "type_error.bool");
    },
    instant(name) {
      const value = take(name);
      if (value === undefined || value === null) return value;
      const at = typeof value === "string" ? parseInstant(value) : undefined;
      return at ?? note([name], `must be ${INSTANT_FORM}`, "value_error.datetime");
    },
    texts(name, { min, max, item }) {
      const value = take(name);
      if (value === undefined || value === null) return value;
      if (!isArray(value)) return note([name], "must be a list of strings", "type_error.list");
      if (value.length < min || value.length > max) {
        return note([name], `must have ${min} to ${max} items, or be null; it has ${value.length}`);
      }
      const items = value.map((entry, index) => checkText([name, index], entry, item));
      return items.every((entry) => entry !== undefined) ? [...new Set(items)] : undefined;
    },
    object(name) {
      const value = take(name);
      if (value === undefined || value === null) return value;
      if (!isObject(value)) return note([name], "must be an object", "type_error.dict");
      const reader = createReader(value, [...path, name], problems);
      inner.push(reader.unknown);
      return reader.fields;
    },
    nested(name, read) {
      const value = take(name);
      if (value === undefined || value === null) return value;
      const notes: Notes = { path: [...path, name], problems, unknown: [] };
      inner.push(() => notes.unknown);
      return read(value, notes);
    },
    value: take,
    refuse: (name, message, kind) => note([name], message, kind),
    require(name) {
      const value = take(name);
      if (value === undefined) note([name], "field required", "value_error.missing");
      if (value === null) note([name], "must not be null", "type_error.none.not_allowed");
      return value !== undefined && value !== null;
    },
    finish: () => finish(problems, unknown()),
  };
  function unknown(): FieldProblem[] {
    const message = "this field is unknown or not supported: check its spelling or remove it";
    const own: FieldProblem[] = [];
    for (const name in given) {
      if (own.length >= MOST_PROBLEMS) break;
      if (!asked.has(name)) own.push({ path: [...path, name], message, kind: "value_error.extra" });
    }
    return [...own, ...inner.flatMap((list) => list())];
  }
  return { fields, unknown };
}

function finish(problems: readonly FieldProblem[], unknown: readonly FieldProblem[]): void {
  const all = [...problems, ...unknown].slice(0, MOST_PROBLEMS);
  const [first] = all;
  if (first === undefined) return;
  const code = problems.length > 0 ? "invalid_field" : "unknown_field";
  throw new AppError(code, `${first.path.join(".")}: ${first.message}`, { problems: all });
}

function isArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
