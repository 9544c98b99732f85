/** The words of a payload filter. */
import type { JsonValue } from "../json/json-value.ts";
import { FilterProblem } from "./filter-problem.ts";

export type Sign =
  | "[*]"
  | "[]"
  | "[?"
  | "["
  | "]"
  | "("
  | ")"
  | "."
  | ","
  | "@"
  | "|"
  | "||"
  | "&&"
  | "!"
  | "=="
  | "!="
  | "<"
  | "<="
  | ">"
  | ">=";

/** `at` is the place of its first character, counted from 1. */
export type Token = { readonly at: number } & (
  | { readonly kind: "name"; readonly name: string; readonly isQuoted: boolean }
  | { readonly kind: "literal"; readonly value: JsonValue }
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "sign"; readonly sign: Sign }
  | { readonly kind: "end" }
);

const BLANKS = /\s*/y;
const TOKEN =
  /(?<name>[A-Za-z_]\w*)|(?<quoted>"(?:[^"\\]|\\.)*")|(?<raw>'(?:[^'\\]|\\.)*')|(?<json>`(?:[^`\\]|\\.)*`)|(?<number>-?\d{1,9})(?!\d)|(?<sign>\[\s*\*\s*\]|\[\s*\]|\[\?|&&|\|\||[<>=!]=|[<>!.()[\],@|])/y;

/** Throws a `FilterProblem`. */
export function readTokens(text: string): readonly Token[] {
  const tokens: Token[] = [];
  for (let from = skipBlanks(text, 0); from < text.length;) {
    TOKEN.lastIndex = from;
    const groups = TOKEN.exec(text)?.groups;
    const at = from + 1;
    if (groups === undefined) {
      throw new FilterProblem(
        "has a character that no filter has there, or a text without its end",
        at,
      );
    }
    tokens.push({ ...toToken(groups, at), at });
    from = skipBlanks(text, TOKEN.lastIndex);
  }
  return [...tokens, { kind: "end", at: text.length + 1 }];
}

function skipBlanks(text: string, from: number): number {
  BLANKS.lastIndex = from;
  BLANKS.exec(text);
  return BLANKS.lastIndex;
}

type Groups = Readonly<Record<string, string | undefined>>;
type WithoutPlace<T> = T extends unknown ? Omit<T, "at"> : never;

function toToken(
  { name, quoted, raw, json, number, sign = "" }: Groups,
  at: number,
): WithoutPlace<Token> {
  if (name !== undefined) return { kind: "name", name, isQuoted: false };
  if (quoted !== undefined) {
    return { kind: "name", name: readJson(quoted, at) as string, isQuoted: true };
  }
  if (raw !== undefined) {
    return { kind: "literal", value: raw.slice(1, -1).replaceAll(/\\(['\\])/g, "$1") };
  }
  if (json !== undefined) {
    return { kind: "literal", value: readJson(json.slice(1, -1).replaceAll("\\`", "`"), at) };
  }
  if (number !== undefined) return { kind: "number", value: Number(number) };
  return { kind: "sign", sign: sign.replaceAll(/\s/g, "") as Sign };
}

function readJson(text: string, at: number): JsonValue {
  try {
    return JSON.parse(text, refuseLargeInteger) as JsonValue;
  } catch (error) {
    if (error instanceof FilterProblem) throw error;
    throw new FilterProblem("has a value between quotes or backticks that is not JSON", at);
  }
  /** A double would be another number, which no id is equal to. */
  function refuseLargeInteger(_: string, value: unknown): unknown {
    if (typeof value !== "number" || Math.abs(value) <= Number.MAX_SAFE_INTEGER) return value;
    throw new FilterProblem(`has a number beyond ${Number.MAX_SAFE_INTEGER}`, at);
  }
}
