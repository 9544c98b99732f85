/**
 * Reads the query of a request by the schema that also documents it. Every problem is collected, and no
 * parameter is silently ignored, unless the schema allows additional ones.
 */
import type { Static, TObject } from "typebox";
import { AppError } from "../../core/error.ts";
import { parseInstant } from "../../core/instant.ts";
import type { JsonValue } from "../../core/json/json-value.ts";
import { findCharacterProblem } from "../check-text.ts";
import { toReader } from "../read-schema.ts";
import { inside, note, type Notes, type Read } from "../read-values.ts";
import type { RequestSchema } from "../request-schema.ts";

export type ReadQuery<T> = (query: unknown) => T;

/** The index with which some clients number the items of a list. */
const LIST_INDEX = /\[\d{0,4}\]$/;

export function createQueryReader<S extends TObject>(schema: S): ReadQuery<Static<S>> {
  const { properties = {}, "~ignored": ignored = [] } = schema as RequestSchema;
  const { additionalProperties } = schema as RequestSchema;
  const members = Object.entries(properties).map(([name, member]) => {
    return { name, schema: member, read: toReader(member, "refused") };
  });
  const known = new Set(members.map(({ name }) => name));
  const lists = members.filter((one) => one.schema.type === "array").map(({ name }) => name);
  const bracketed = new Set([...ignored, ...lists]);
  const isKnown = (name: string): boolean =>
    known.has(name) || bracketed.has(name.replace(LIST_INDEX, ""));
  return (query) => {
    if (additionalProperties === true) return {} as Static<S>;
    const given = query as Given;
    const names = Object.keys(given);
    if (names.length === 0) return {} as Static<S>;
    const notes: Notes = { path: ["query"], problems: [], unknown: [] };
    const result: Record<string, unknown> = {};
    for (const member of members) {
      const value = inside(notes, member.name, () => readParameter(given, member, notes));
      if (value !== undefined) result[member.name] = value;
    }
    for (const name of names) {
      inside(notes, name, () => {
        if (!isKnown(name)) note(notes, UNKNOWN, "value_error.extra");
        const problem = findRefusedCharacter(given[name] ?? []);
        if (problem !== undefined) note(notes, problem);
      });
    }
    const { problems } = notes;
    const [first] = problems;
    if (first === undefined) return result as Static<S>;
    const message = `${first.path.join(".")}: ${first.message}`;
    throw new AppError("invalid_field", message, { problems });
  };
}

type Given = Readonly<Record<string, string | string[]>>;

const UNKNOWN = "this parameter is unknown: check its spelling or remove it";

function readParameter(
  given: Given,
  { name, schema, read }: { name: string; schema: RequestSchema; read: Read },
  notes: Notes,
): unknown {
  const isList = schema.type === "array";
  const value = isList ? findItems(given, name) : given[name];
  // The caller notes a refused character, once for each name.
  if (value === undefined || findRefusedCharacter(value) !== undefined) return undefined;
  if (isList) return read(value, notes);
  if (typeof value !== "string") return note(notes, "must be given once");
  return read(toJson(value, schema), notes);
}

function findRefusedCharacter(value: string | readonly string[]): string | undefined {
  return [value].flat().map(findCharacterProblem).find(Boolean);
}

/** A list is given as repeated parameters, with commas, or as `name[]` and `name[0]`. */
function findItems(given: Given, name: string): readonly string[] | undefined {
  const names = Object.keys(given).filter((key) => key.replace(LIST_INDEX, "") === name);
  if (names.length === 0) return undefined;
  return names
    .flatMap((one) => given[one] ?? [])
    .flatMap((item) => item.split(","))
    .filter((item) => item !== "");
}

/** A text that does not have the form of its type stays a text, which the reader refuses. */
function toJson(text: string, schema: RequestSchema): JsonValue {
  const { type, format } = schema;
  const isNumber = type === "integer" || typeof schema.enum?.[0] === "number";
  if (isNumber && /^-?\d{1,15}$/.test(text)) return Number(text);
  if (type === "boolean" && (text === "true" || text === "false")) return text === "true";
  // An unescaped `+` of an offset arrives as a blank.
  if (format === "date-time" && parseInstant(text) === undefined) {
    return text.replace(/ (\d\d:\d\d)$/, "+$1");
  }
  return text;
}
