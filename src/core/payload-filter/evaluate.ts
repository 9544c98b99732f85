/** Evaluates a filter, step by step. Lists that it makes hold the values of the payload and copy none. */
import { isObject, type JsonValue } from "../json/json-value.ts";
import { FUNCTIONS } from "./functions.ts";
import type { Comparison, Node } from "./nodes.ts";
import { isEqual, spend, type Steps } from "./steps.ts";

/** Throws `OutOfSteps`. */
export function evaluate(node: Node, value: JsonValue, steps: Steps): JsonValue {
  spend(steps, 1);
  switch (node.kind) {
    case "current":
      return value;
    case "literal":
      return node.value;
    case "field":
      return isObject(value) && Object.hasOwn(value, node.name)
        ? (value[node.name] as JsonValue)
        : null;
    case "index": {
      const list = evaluate(node.left, value, steps);
      return Array.isArray(list) ? ((list.at(node.index) as JsonValue | undefined) ?? null) : null;
    }
    case "member": {
      const left = evaluate(node.left, value, steps);
      return left === null ? null : evaluate(node.right, left, steps);
    }
    case "pipe":
      return evaluate(node.right, evaluate(node.left, value, steps), steps);
    case "or": {
      const left = evaluate(node.left, value, steps);
      return isTruthy(left) ? left : evaluate(node.right, value, steps);
    }
    case "and": {
      const left = evaluate(node.left, value, steps);
      return isTruthy(left) ? evaluate(node.right, value, steps) : left;
    }
    case "not":
      return !isTruthy(evaluate(node.child, value, steps));
    case "compare": {
      const left = evaluate(node.left, value, steps);
      return compare(node.by, left, evaluate(node.right, value, steps), steps);
    }
    case "flatten":
      return flatten(evaluate(node.child, value, steps), steps);
    case "each": {
      const list = evaluate(node.left, value, steps);
      return Array.isArray(list) ? collect(node, list, steps) : null;
    }
    case "call":
      return FUNCTIONS[node.name].call(
        node.given.map((given) => evaluate(given, value, steps)),
        steps,
      );
  }
}

/** Null, false, and an empty text, list or object are false; everything else is true, also 0. */
export function isTruthy(value: JsonValue): boolean {
  if (value === null || value === false || value === "") return false;
  if (Array.isArray(value)) return value.length > 0;
  if (!isObject(value)) return true;
  for (const name in value) if (Object.hasOwn(value, name)) return true;
  return false;
}

/** Only numbers have an order; null for others. */
function compare(by: Comparison, a: JsonValue, b: JsonValue, steps: Steps): boolean | null {
  if (by === "==") return isEqual(a, b, steps);
  if (by === "!=") return !isEqual(a, b, steps);
  if (!isNumber(a) || !isNumber(b)) return null;
  if (by === "<") return a < b;
  if (by === "<=") return a <= b;
  return by === ">" ? a > b : a >= b;
}

function isNumber(value: JsonValue): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}

function flatten(list: JsonValue, steps: Steps): JsonValue {
  if (!Array.isArray(list)) return null;
  const flat: JsonValue[] = [];
  for (const item of list as readonly JsonValue[]) {
    spend(steps, Array.isArray(item) ? item.length + 1 : 1);
    if (Array.isArray(item)) for (const inner of item as readonly JsonValue[]) flat.push(inner);
    else flat.push(item);
  }
  return flat;
}

/** Values that are null are left out. */
function collect(
  { condition, right }: Extract<Node, { kind: "each" }>,
  list: readonly JsonValue[],
  steps: Steps,
): JsonValue {
  const found: JsonValue[] = [];
  for (const item of list) {
    if (condition !== null && !isTruthy(evaluate(condition, item, steps))) continue;
    const value = evaluate(right, item, steps);
    if (value !== null) found.push(value);
  }
  return found;
}
