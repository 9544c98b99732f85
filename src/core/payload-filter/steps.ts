/** The steps of one evaluation. Everything whose time grows with the payload is paid for in steps. */
import { isObject, type JsonValue } from "../json/json-value.ts";

export type Steps = { left: number };

/** Thrown inside this folder when no steps are left. */
export class OutOfSteps extends Error {
  override name = "OutOfSteps";
}
/** Without a stack, because a payload may cause it for each filter. */
const OUT_OF_STEPS = Object.assign(new OutOfSteps("the filter needs more steps"), { stack: "" });

export function spend(steps: Steps, count: number): void {
  steps.left -= count;
  if (steps.left < 0) throw OUT_OF_STEPS;
}

/** Characters that are read in the time of one step. */
const CHARACTERS_OF_STEP = 16;

export function spendOn(steps: Steps, characters: number): void {
  if (characters >= CHARACTERS_OF_STEP) spend(steps, Math.floor(characters / CHARACTERS_OF_STEP));
}

/** Compares deeply: the order of members is not compared, and numbers are compared exactly. */
export function isEqual(a: JsonValue, b: JsonValue, steps: Steps): boolean {
  spend(steps, 1);
  if (typeof a === "string" && typeof b === "string") {
    if (a.length !== b.length) return false;
    spendOn(steps, a.length);
    return a === b;
  }
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item, i) => isEqual(item, b[i] as JsonValue, steps));
  }
  if (isObject(a)) {
    if (!isObject(b)) return false;
    const names = Object.keys(a);
    const others = Object.keys(b);
    spendOn(steps, names.length + others.length);
    return (
      names.length === others.length &&
      names.every(
        (name) =>
          Object.hasOwn(b, name) && isEqual(a[name] as JsonValue, b[name] as JsonValue, steps),
      )
    );
  }
  return a === b;
}
