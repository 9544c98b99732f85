/**
 * Parses a filter: the part of JMESPath that selects and compares. The strengths with which signs bind, and so
 * all trees, are those of JMESPath. Everything that builds new values is left out: multi-select lists and
 * hashes, slices, `*` of objects, expression references, and the functions that `functions.ts` does not have.
 */
import { FilterProblem } from "./filter-problem.ts";
import { FUNCTIONS, isFunctionName } from "./functions.ts";
import type { Comparison, Node } from "./nodes.ts";
import { createTokenReader, type TokenReader, unexpected } from "./token-reader.ts";
import type { Sign, Token } from "./tokens.ts";

/** Nesting of a filter, which is also the depth of its evaluation. */
const DEPTH_LIMIT = 32;

const NOT_STRENGTH = 45;
const STRENGTHS: Readonly<Partial<Record<Sign, number>>> = {
  "|": 1,
  "||": 2,
  "&&": 3,
  "==": 5,
  "!=": 5,
  "<": 5,
  "<=": 5,
  ">": 5,
  ">=": 5,
  "[]": 9,
  "[?": 21,
  ".": 40,
  "[": 55,
  "[*]": 55,
  "(": 60,
};
/** The rest of a path after `[*]` belongs to each item, up to a sign that binds less than this. */
const EACH_STRENGTH = 20;
const LEAST_OF_PATH = 10;

const FIRST = "a field, a value or a function";
const AFTER_PATH = "an operator or its end";
const CURRENT: Node = { kind: "current" };

/** Throws a `FilterProblem`. */
export function parseFilter(text: string): Node {
  const reader = createTokenReader(text);
  const filter = readExpression(reader, 0);
  const end = reader.peek();
  if (end.kind !== "end") throw unexpected(end, AFTER_PATH);
  return filter;
}

function strengthOf(token: Token): number {
  return token.kind === "sign" ? (STRENGTHS[token.sign] ?? 0) : 0;
}

/** Reads up to a sign that binds no more than `strength`. */
function readExpression(r: TokenReader, strength: number): Node {
  r.depth += 1;
  if (r.depth > DEPTH_LIMIT) {
    throw new FilterProblem(`nests deeper than ${DEPTH_LIMIT} levels`, r.peek().at);
  }
  let left = readFirst(r);
  while (strengthOf(r.peek()) > strength) left = readAfter(r, left, r.take());
  r.depth -= 1;
  return left;
}

function readFirst(r: TokenReader): Node {
  const token = r.take();
  if (token.kind === "literal") return { kind: "literal", value: token.value };
  if (token.kind === "name") {
    if (!token.isQuoted && r.isNext("(")) return readCall(r, token.name, token.at);
    return { kind: "field", name: token.name };
  }
  if (token.kind !== "sign") throw unexpected(token, FIRST);
  switch (token.sign) {
    case "@":
      return CURRENT;
    case "!":
      return readNot(r, token.at);
    case "(": {
      const inner = readExpression(r, 0);
      r.expect(")");
      return inner;
    }
    case "[":
    case "[*]":
    case "[?":
    case "[]":
      return readAfter(r, CURRENT, token);
    default:
      throw unexpected(token, FIRST);
  }
}

/** `token` is the word after `left`. */
function readAfter(r: TokenReader, left: Node, token: Token): Node {
  const sign = token.kind === "sign" ? token.sign : null;
  switch (sign) {
    case ".":
      return { kind: "member", left, right: readMember(r, STRENGTHS["."] as number) };
    case "|":
      return { kind: "pipe", left, right: readExpression(r, STRENGTHS["|"] as number) };
    case "||":
      return { kind: "or", left, right: readExpression(r, STRENGTHS["||"] as number) };
    case "&&":
      return { kind: "and", left, right: readExpression(r, STRENGTHS["&&"] as number) };
    case "[":
      return { kind: "index", left, index: readIndex(r) };
    case "[*]":
      return { kind: "each", left, condition: null, right: readRest(r, EACH_STRENGTH) };
    case "[]": {
      const flat: Node = { kind: "flatten", child: left };
      return {
        kind: "each",
        left: flat,
        condition: null,
        right: readRest(r, STRENGTHS["[]"] as number),
      };
    }
    case "[?": {
      const condition = readExpression(r, 0);
      r.expect("]");
      return { kind: "each", left, condition, right: readRest(r, STRENGTHS["[?"] as number) };
    }
    case "==":
    case "!=":
    case "<":
    case "<=":
    case ">":
    case ">=":
      return readComparison(r, left, sign);
    default:
      throw unexpected(token, AFTER_PATH);
  }
}

function readComparison(r: TokenReader, left: Node, by: Comparison): Node {
  return { kind: "compare", by, left, right: readExpression(r, STRENGTHS[by] as number) };
}

/** The rest of a path, for each item of the list before it. */
function readRest(r: TokenReader, strength: number): Node {
  if (strengthOf(r.peek()) < LEAST_OF_PATH) return CURRENT;
  if (r.isNext("(")) throw unexpected(r.peek(), AFTER_PATH);
  if (!r.isNext(".")) return readExpression(r, strength);
  r.take();
  return readMember(r, strength);
}

function readMember(r: TokenReader, strength: number): Node {
  const token = r.peek();
  if (token.kind !== "name") throw unexpected(token, "the name of a field");
  return readExpression(r, strength);
}

function readIndex(r: TokenReader): number {
  const token = r.take();
  if (token.kind !== "number") throw unexpected(token, "a number, * or ?");
  r.expect("]");
  return token.value;
}

/** JMESPath reads `!a.b` as `(!a).b`, which is always null. */
function readNot(r: TokenReader, at: number): Node {
  const child = readExpression(r, NOT_STRENGTH);
  if (r.isNext(".")) {
    throw new FilterProblem("needs parentheses after the !, as in !(a.b)", at);
  }
  return { kind: "not", child };
}

function readCall(r: TokenReader, name: string, at: number): Node {
  if (!isFunctionName(name)) {
    const known = Object.keys(FUNCTIONS).join(", ");
    throw new FilterProblem(`calls "${name}"; the functions of filters are ${known}`, at);
  }
  r.expect("(");
  const given: Node[] = [];
  while (!r.isNext(")")) {
    if (given.length > 0) r.expect(",");
    given.push(readExpression(r, 0));
  }
  r.expect(")");
  const { least, most } = FUNCTIONS[name];
  if (given.length < least || given.length > most) {
    const count = least === most ? String(least) : `${least} to ${most}`;
    throw new FilterProblem(`calls ${name} with ${given.length} values instead of ${count}`, at);
  }
  return { kind: "call", name, given };
}
