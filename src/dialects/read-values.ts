/** Readers of single values in a request: text, number, flag, instant, choice. */
import { MOST_PROBLEMS, type FieldProblem } from "../core/error.ts";
import { INSTANT_FORM, parseInstant } from "../core/instant.ts";
import type { JsonValue } from "../core/json/json-value.ts";
import { findTextProblem } from "./check-text.ts";
import type { RequestSchema } from "./request-schema.ts";

export type Step = string | number;

/** The place that is being read, and the problems found so far. */
export type Notes = {
  readonly path: Step[];
  readonly problems: FieldProblem[];
  readonly unknown: FieldProblem[];
};
/** Returns undefined after a problem. */
export type Read = (value: JsonValue, notes: Notes) => unknown;

export function toEnumReader(choices: readonly (string | number)[], orNull: string): Read {
  const message = `must be ${listChoices(choices)}${orNull}`;
  return (value, notes) => {
    if (value === null && orNull !== "") return null;
    return choices.find((choice) => choice === value) ?? note(notes, message);
  };
}

/** `a or b`, or `one of a, b, c`. */
function listChoices(choices: readonly (string | number)[]): string {
  return choices.length > 2 ? `one of ${choices.join(", ")}` : choices.join(" or ");
}

export function toTextReader({ minLength, maxLength }: RequestSchema): Read {
  const rules = {
    ...(minLength === undefined ? undefined : { min: minLength }),
    ...(maxLength === undefined ? undefined : { max: maxLength }),
  };
  return (value, notes) => {
    if (typeof value !== "string") return note(notes, "must be a string", "type_error.string");
    const problem = findTextProblem(value, rules);
    return problem === undefined ? value : note(notes, problem);
  };
}

export function toIntegerReader(schema: RequestSchema): Read {
  const { minimum = Number.MIN_SAFE_INTEGER, maximum = Number.MAX_SAFE_INTEGER } = schema;
  const message = `must be a whole number from ${minimum} to ${maximum}`;
  return (value, notes) => {
    const isWhole = typeof value === "number" && Number.isSafeInteger(value);
    if (isWhole && value >= minimum && value <= maximum) return value;
    return note(notes, message, isWhole ? "value_error" : "type_error.integer");
  };
}

/** The problem names the list, because no number in it has a field. */
export function toNumbersReader({ items = {}, maxItems }: RequestSchema): Read {
  const { minimum = 0, maximum = Number.MAX_SAFE_INTEGER } = items;
  const message = `must be a list of at most ${maxItems} whole numbers from ${minimum} to ${maximum}`;
  const isItem = (item: unknown) =>
    Number.isSafeInteger(item) && (item as number) >= minimum && (item as number) <= maximum;
  return (value, notes) => {
    const isSound = Array.isArray(value) && value.length <= Number(maxItems) && value.every(isItem);
    return isSound ? value : note(notes, message);
  };
}

export function readFlag(value: JsonValue, notes: Notes): unknown {
  if (typeof value === "boolean") return value;
  return note(notes, "must be true or false", "type_error.bool");
}

export function readInstant(value: JsonValue, notes: Notes): unknown {
  const at = typeof value === "string" ? parseInstant(value) : undefined;
  return at ?? note(notes, `must be ${INSTANT_FORM}`, "value_error.datetime");
}

export function inside<T>(notes: Notes, step: Step, read: () => T): T {
  notes.path.push(step);
  const result = read();
  notes.path.pop();
  return result;
}

export function note({ path, problems }: Notes, message: string, kind = "value_error"): undefined {
  if (problems.length < MOST_PROBLEMS) problems.push({ path: [...path], message, kind });
}
