/**
 * The functions of filters, as JMESPath defines them, with one difference: a value of another type than the
 * function takes gives null instead of an error, so that one odd event does not end the filter.
 */
import { isObject, type JsonValue } from "../json/json-value.ts";
import { isEqual, spendOn, type Steps } from "./steps.ts";

type Definition = {
  readonly least: number;
  readonly most: number;
  call(given: readonly JsonValue[], steps: Steps): JsonValue;
};

const MOST_CHOICES = 16;
/** Places of a text at which a search compares in the time of 16 characters. */
const SEARCHED_AT_ONCE = 32;

export const FUNCTIONS = {
  contains: {
    least: 2,
    most: 2,
    call([inside = null, wanted = null], steps) {
      if (Array.isArray(inside)) return inside.some((item) => isEqual(item, wanted, steps));
      if (typeof inside !== "string") return null;
      if (typeof wanted !== "string") return false;
      spendOn(steps, inside.length);
      // A search may compare the whole text once per place.
      spendOn(steps, Math.ceil((inside.length * wanted.length) / SEARCHED_AT_ONCE));
      return inside.includes(wanted);
    },
  },
  starts_with: {
    least: 2,
    most: 2,
    call: ([text = null, start = null], steps) =>
      compareTexts(text, start, steps, (one, other) => one.startsWith(other)),
  },
  ends_with: {
    least: 2,
    most: 2,
    call: ([text = null, end = null], steps) =>
      compareTexts(text, end, steps, (one, other) => one.endsWith(other)),
  },
  length: { least: 1, most: 1, call: ([value = null], steps) => toLength(value, steps) },
  lower: {
    least: 1,
    most: 1,
    call: ([text = null], steps) => changeText(text, steps, (one) => one.toLowerCase()),
  },
  upper: {
    least: 1,
    most: 1,
    call: ([text = null], steps) => changeText(text, steps, (one) => one.toUpperCase()),
  },
  type: { least: 1, most: 1, call: ([value = null]) => toType(value) },
  not_null: {
    least: 1,
    most: MOST_CHOICES,
    call: (given) => given.find((value) => value !== null) ?? null,
  },
} as const satisfies Record<string, Definition>;

export type FunctionName = keyof typeof FUNCTIONS;

export function isFunctionName(name: string): name is FunctionName {
  return Object.hasOwn(FUNCTIONS, name);
}

function compareTexts(
  text: JsonValue,
  part: JsonValue,
  steps: Steps,
  compare: (text: string, part: string) => boolean,
): boolean | null {
  if (typeof text !== "string" || typeof part !== "string") return null;
  spendOn(steps, Math.min(text.length, part.length));
  return compare(text, part);
}

function changeText(
  text: JsonValue,
  steps: Steps,
  change: (text: string) => string,
): string | null {
  if (typeof text !== "string") return null;
  spendOn(steps, text.length);
  return change(text);
}

/** Texts are counted in code points. */
function toLength(value: JsonValue, steps: Steps): number | null {
  if (Array.isArray(value)) return value.length;
  if (typeof value === "string") {
    spendOn(steps, value.length);
    let length = 0;
    for (const _ of value) length += 1;
    return length;
  }
  if (!isObject(value)) return null;
  const { length } = Object.keys(value);
  spendOn(steps, length);
  return length;
}

function toType(value: JsonValue): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return typeof value === "bigint" ? "number" : typeof value;
}
