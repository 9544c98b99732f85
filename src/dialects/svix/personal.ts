/**
 * Fields of answers that a masked caller may not see: a viewer, or by setting a session of the dashboard. The mark is
 * part of the field's schema, so the document shows it. Each answer is masked by its schema before it is printed.
 */
import type { FastifyRequest } from "fastify";
import type { TObject, TSchema } from "typebox";
import { AppError } from "../../core/error.ts";
import { parseJson, stringifyJson } from "../../core/json/json.ts";
import { isObject, type JsonValue } from "../../core/json/json-value.ts";
import { maskNumbersIn, maskPartly } from "../../core/privacy/mask-number.ts";

/** A number is shown in part; a text and a payload are hidden. */
export type Personal = "number" | "text" | "payload";

/** The part of an answer's schema that masking reads. */
export type PersonalSchema = {
  readonly "x-personal"?: Personal;
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly PersonalSchema[];
  readonly items?: PersonalSchema;
  readonly properties?: Readonly<Record<string, PersonalSchema>>;
  readonly patternProperties?: Readonly<Record<string, PersonalSchema>>;
  readonly additionalProperties?: PersonalSchema | boolean;
};

/** Shown in place of an answer whose content was expunged, as at Svix. */
export const EXPUNGED = "EXPUNGED";
const HIDDEN_TEXT = "▒▒▒";
const UNKNOWN: PersonalSchema = {};

/** A field that only a masked caller does not see. */
export function personal<T extends TSchema>(kind: Personal, schema: T): T {
  return Object.defineProperty(schema, "x-personal", { value: kind, enumerable: true });
}

/** Refuses with `forbidden` a query that would reveal hidden content to a masked caller. */
export function refuseRevealing(query: TObject, given: object, isViewer: boolean): void {
  for (const name of Object.keys(given)) {
    const kind = findMember(query, name)["x-personal"];
    if (kind !== "text" && kind !== "payload") continue;
    const who = isViewer ? "A viewer" : "A session with masked texts";
    throw new AppError("forbidden", `${who} may not search contents, so not by ${name}.`);
  }
}

/** The answer as a masked caller sees it. With `masksUnmarked`, numbers are also masked in fields without a mark. */
export function maskAnswer(
  schema: PersonalSchema,
  value: JsonValue,
  masksUnmarked = true,
): JsonValue {
  const kind = schema["x-personal"];
  if (kind !== undefined) return hide(kind, value);
  if (typeof value === "string") {
    const marked = schema.anyOf?.find((one) => one["x-personal"] !== undefined);
    if (marked !== undefined) return maskAnswer(marked, value);
    return masksUnmarked ? maskNumbersIn(value) : value;
  }
  if (Array.isArray(value)) {
    const { items = UNKNOWN } = findVariant(schema, "array");
    return value.map((item) => maskAnswer(items, item, masksUnmarked));
  }
  if (!isObject(value)) return value;
  const object = findVariant(schema, "object");
  const entries = Object.entries(value).map(([name, member]): [string, JsonValue] => [
    name,
    maskAnswer(findMember(object, name), member, masksUnmarked),
  ]);
  return Object.fromEntries(entries);
}

function findVariant(schema: PersonalSchema, type: "array" | "object"): PersonalSchema {
  const variants = schema.anyOf;
  if (variants === undefined) return schema;
  const marked = variants.find((one) => one["x-personal"] !== undefined);
  return marked ?? variants.find((one) => one.type === type) ?? UNKNOWN;
}

function findMember({ properties, ...more }: PersonalSchema, name: string): PersonalSchema {
  if (properties !== undefined && Object.hasOwn(properties, name))
    return properties[name] ?? UNKNOWN;
  const [any] = Object.values(more.patternProperties ?? {});
  if (any !== undefined) return any;
  const { additionalProperties: rest } = more;
  return typeof rest === "object" ? rest : UNKNOWN;
}

function hide(kind: Personal, value: JsonValue): JsonValue {
  if (value === null || isPlaceholder(value)) return value;
  if (kind === "payload") return { hidden: true };
  if (Array.isArray(value)) return value.map((item) => hide(kind, item));
  if (kind === "number" && typeof value === "string") return maskPartly(value);
  return HIDDEN_TEXT;
}

/** Content that is not loaded, has expired or was removed is shown as such. */
function isPlaceholder(value: JsonValue): boolean {
  if (!isObject(value)) return value === "" || value === EXPUNGED;
  const names = Object.keys(value);
  return names.length === 0 || (names.length === 1 && value["expired"] === true);
}

type Masking = { readonly schema: PersonalSchema; readonly masksUnmarked: boolean };

const maskings = new WeakMap<FastifyRequest, Masking>();

/** From now on, the answer of this request is masked by the schema. */
export function maskFromNowOn(
  request: FastifyRequest,
  p: { readonly schema: TSchema | null; readonly masksUnmarked: boolean },
): void {
  maskings.set(request, { ...p, schema: p.schema ?? UNKNOWN });
}

/** Masks JSON text, of the answer or of one item of its list. */
export function findTextMask(
  request: FastifyRequest,
  part: "answer" | "item",
): ((text: string) => string) | null {
  const masking = maskings.get(request);
  if (masking === undefined) return null;
  const { schema, masksUnmarked } = masking;
  const own = part === "answer" ? schema : (schema.properties?.["data"]?.items ?? UNKNOWN);
  return (text) => stringifyJson(maskAnswer(own, parseJson(text), masksUnmarked));
}
