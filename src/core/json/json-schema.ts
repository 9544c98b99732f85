/**
 * Checks whether a JSON value is a JSON Schema, with the allowed values of each keyword of the drafts 4 to
 * 2020-12. Names that no draft knows are annotations with any value. References are not resolved.
 */
import type { FieldProblem } from "../error.ts";
import type { JsonValue } from "./json-value.ts";

type Path = FieldProblem["path"];
type SchemaProblem = { readonly path: Path; readonly message: string };
type Check = (value: JsonValue, path: Path) => SchemaProblem | undefined;

const TYPES = ["array", "boolean", "integer", "null", "number", "object", "string"];
const NAME_OF_TYPES = `must be one of ${TYPES.join(", ")}, or a list of them`;

const isText = (value: JsonValue) => typeof value === "string";
const isNumber = (value: JsonValue) => typeof value === "number" || typeof value === "bigint";
const isType = (value: JsonValue) => typeof value === "string" && TYPES.includes(value);
const isTexts = (value: JsonValue) => isList(value) && value.every(isText);
const isFlag = (value: JsonValue) => typeof value === "boolean";

const text = only(isText, "must be a string");
const number = only(isNumber, "must be a number");
const flag = only(isFlag, "must be true or false");
const count = only(isCount, "must be a whole number, 0 or more");
const limit = only((v) => isNumber(v) || isFlag(v), "must be a number, or true or false");
const pattern = only(isPattern, "must be a regular expression");
const names = only(isTexts, "must be a list of strings");

const KEYWORDS: ReadonlyMap<string, Check> = new Map<string, Check>([
  ["type", only((v) => isType(v) || (isList(v) && v.length > 0 && v.every(isType)), NAME_OF_TYPES)],
  ["enum", only(isList, "must be a list")],
  ["required", names],
  ["pattern", pattern],
  ["multipleOf", only((v) => isNumber(v) && Number(v) > 0, "must be a number above 0")],
  ["uniqueItems", flag],
  ["items", (value, path) => (isList(value) ? listed(value, path) : schemaProblem(value, path))],
  ["dependencies", toMapCheck((v, path) => (isTexts(v) ? undefined : schemaProblem(v, path)))],
  ["dependentRequired", toMapCheck(names)],
  ["patternProperties", patterned],
  ...["minimum", "maximum"].map((name) => [name, number] as const),
  ...["exclusiveMinimum", "exclusiveMaximum"].map((name) => [name, limit] as const),
  ...["Length", "Items", "Properties", "Contains"].flatMap((noun) => [
    [`min${noun}`, count] as const,
    [`max${noun}`, count] as const,
  ]),
  ...["$ref", "$schema", "$id", "$comment", "title", "description", "format"].map(
    (name) => [name, text] as const,
  ),
  ...["properties", "definitions", "$defs", "dependentSchemas"].map(
    (name) => [name, toMapCheck(schemaProblem)] as const,
  ),
  ...["allOf", "anyOf", "oneOf", "prefixItems"].map((name) => [name, listed] as const),
  ...["additionalProperties", "additionalItems", "propertyNames", "contains", "not"].map(
    (name) => [name, schemaProblem] as const,
  ),
  ...["if", "then", "else", "unevaluatedItems", "unevaluatedProperties"].map(
    (name) => [name, schemaProblem] as const,
  ),
]);

/** Returns the first problem, or undefined for a schema. `path` leads to the value. */
export function schemaProblem(value: JsonValue, path: Path): SchemaProblem | undefined {
  if (typeof value === "boolean") return undefined;
  if (!isMap(value)) return { path, message: "must be a JSON Schema: an object, true or false" };
  for (const [name, member] of Object.entries(value)) {
    const problem = KEYWORDS.get(name)?.(member, [...path, name]);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function only(isAllowed: (value: JsonValue) => boolean, message: string): Check {
  return (value, path) => (isAllowed(value) ? undefined : { path, message });
}

function toMapCheck(check: Check): Check {
  return (value, path) => {
    if (!isMap(value)) return { path, message: "must be an object" };
    return findFirst(Object.entries(value), path, check);
  };
}

function patterned(value: JsonValue, path: Path): SchemaProblem | undefined {
  const wrong = isMap(value) ? Object.keys(value).find((name) => !isPattern(name)) : undefined;
  if (wrong !== undefined) return pattern("(", [...path, wrong]);
  return toMapCheck(schemaProblem)(value, path);
}

function listed(value: JsonValue, path: Path): SchemaProblem | undefined {
  if (!isList(value)) return { path, message: "must be a list of JSON Schemas" };
  return findFirst([...value.entries()], path, schemaProblem);
}

function findFirst(
  members: readonly (readonly [string | number, JsonValue])[],
  path: Path,
  check: Check,
): SchemaProblem | undefined {
  for (const [name, member] of members) {
    const problem = check(member, [...path, name]);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function isCount(value: JsonValue): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= 0;
}

function isPattern(value: JsonValue): boolean {
  if (typeof value !== "string") return false;
  try {
    return new RegExp(value, "u").source !== "";
  } catch {
    return false;
  }
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function isMap(value: JsonValue): value is { readonly [name: string]: JsonValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
