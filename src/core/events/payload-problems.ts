/**
 * Converts the reports of the schema compiler to refusals that a publisher can act on. There is one problem
 * per field, with the field, its value and the allowed values. The allowed values are the `description` of
 * the field's schema, so the documentation uses the same words.
 */
import type { FieldProblem } from "../error.ts";
import { ADDRESS_PATTERN, LINE_PATTERN, numberHint } from "../messages/address.ts";

/** The used part of a compiler's report. */
export type SchemaReport = {
  readonly keyword: string;
  /** JSON pointer to the value. */
  readonly instancePath: string;
  readonly params: { readonly requiredProperties?: readonly string[] };
};

/** The used part of a JSON Schema. */
type Schema = {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly properties?: { readonly [name: string]: Schema };
  /** The schema of every member of a map that has no specific schema. */
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly description?: string;
  readonly pattern?: string;
};

/** The compiler stops at this number, and a caller fixes a few problems at a time. */
const PROBLEM_LIMIT = 8;
/** Number of characters that are shown of a wrong value. */
const SHOWN_CHARACTERS = 40;

/**
 * A list that is too long is reported only after each of its items was checked, at 4 µs per item. With this
 * many items, a list is longer than any schema allows, so the rest is not checked.
 */
const CHECKED_ITEMS = 1_001;

/** Returns the problems that `report` finds, without checking every item of a list that is far too long. */
export function collectReports(
  report: (value: unknown) => readonly SchemaReport[],
  value: unknown,
): readonly SchemaReport[] {
  const reports = report(withShortLists(value));
  return reports.length > 0 ? reports : report(value);
}

function withShortLists(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, CHECKED_ITEMS).map(withShortLists);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, withShortLists(member)]),
  );
}

export function payloadProblems(
  schema: object,
  payload: unknown,
  reports: readonly SchemaReport[],
  root: readonly (string | number)[] = ["payload"],
): FieldProblem[] {
  const byField = new Map<string, FieldProblem>();
  for (const report of reports) {
    const path = pointerToPath(report.instancePath, payload);
    for (const name of report.params.requiredProperties ?? [null]) {
      const full = name === null ? path : [...path, name];
      const key = JSON.stringify(full);
      if (byField.size < PROBLEM_LIMIT && !byField.has(key)) {
        byField.set(key, problemAt(schema, payload, full, root));
      }
    }
  }
  return [...byField.values()];
}

function problemAt(
  root: Schema,
  payload: unknown,
  path: readonly (string | number)[],
  parent: readonly (string | number)[],
): FieldProblem {
  let schema: Schema | undefined = root;
  let value: unknown = payload;
  for (const step of path) {
    schema = inside(schema, step);
    value = (value as { readonly [name: string | number]: unknown })[step];
  }
  const from = [...parent, ...path];
  const allowed = allowedBy(schema);
  if (value === undefined) {
    const message = `${fieldName(from)} is missing; it must be ${allowed}.`;
    return { path: from, message, kind: "value_error.missing" };
  }
  const message = `${fieldName(from)} is ${shown(value)}; it must be ${allowed}${advice(schema, value)}`;
  const kind = typeof value === expectedTypeof(schema) ? "value_error" : "type_error";
  return { path: from, message, kind };
}

/** For alternatives, returns the first one that has such a member. */
function inside(schema: Schema | undefined, step: string | number): Schema | undefined {
  const own = typeof step === "number" ? schema?.items : findMember(schema, step);
  if (own !== undefined) return own;
  return schema?.anyOf?.map((one) => inside(one, step)).find((found) => found !== undefined);
}

function findMember(schema: Schema | undefined, name: string): Schema | undefined {
  const own = schema?.properties;
  return own !== undefined && Object.hasOwn(own, name) ? own[name] : schema?.additionalProperties;
}

export function pointerToPath(pointer: string, payload: unknown): (string | number)[] {
  const path: (string | number)[] = [];
  let value = payload;
  for (const step of pointer.split("/").slice(1)) {
    const name = step.replaceAll("~1", "/").replaceAll("~0", "~");
    const key = Array.isArray(value) ? Number(name) : name;
    value = (value as { readonly [key: string | number]: unknown })[key];
    path.push(key);
  }
  return path;
}

/** `payload.message.media[0].url` */
export function fieldName(path: readonly (string | number)[]): string {
  if (path.length === 0) return "the body";
  return path
    .map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`))
    .join("")
    .replace(/^\./, "");
}

function allowedBy(schema: Schema | undefined): string {
  if (schema?.enum !== undefined) return `one of ${schema.enum.join(", ")}`;
  if (schema?.description !== undefined) return schema.description;
  return schema?.type === "object" ? "an object" : `of type ${schema?.type ?? "unknown"}`;
}

function advice(schema: Schema | undefined, value: unknown): string {
  if (value === null) return ". Leave the field out instead of sending null.";
  if (schema?.type === "string" && (typeof value === "number" || typeof value === "bigint")) {
    return ". Put the number in quotes.";
  }
  const isAddress = schema?.pattern === ADDRESS_PATTERN || schema?.pattern === LINE_PATTERN;
  const hint = isAddress && typeof value === "string" ? numberHint(value) : "";
  return hint === "" ? "." : hint;
}

function expectedTypeof(schema: Schema | undefined): string {
  if (schema?.enum !== undefined) return "string";
  return schema?.type === "integer" ? "number" : (schema?.type ?? "unknown");
}

/** The length alone may be wrong in a person's message text, so a long text is not repeated here. */
export function shown(value: unknown): string {
  if (typeof value === "string") {
    if (value.length <= SHOWN_CHARACTERS) return JSON.stringify(value);
    return `a text of ${value.length} characters`;
  }
  if (typeof value === "number") return `the number ${value}`;
  if (typeof value === "bigint") return `the number ${value}`;
  if (typeof value === "boolean") return `${value}`;
  if (value === null) return "null";
  return Array.isArray(value) ? `a list of ${value.length}` : "an object";
}
