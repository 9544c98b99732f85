/** Reads the words of a filter one by one. */
import { FilterProblem } from "./filter-problem.ts";
import { readTokens, type Sign, type Token } from "./tokens.ts";

export type TokenReader = {
  /** Levels of expressions that are being read. */
  depth: number;
  peek(): Token;
  /** The end is never passed. */
  take(): Token;
  isNext(sign: Sign): boolean;
  expect(sign: Sign): void;
};

/** Throws a `FilterProblem`. */
export function createTokenReader(text: string): TokenReader {
  const tokens = readTokens(text);
  let next = 0;
  const peek = () => tokens[next] as Token;
  function take(): Token {
    const token = peek();
    if (token.kind !== "end") next += 1;
    return token;
  }
  return {
    depth: 0,
    peek,
    take,
    isNext(sign) {
      const token = peek();
      return token.kind === "sign" && token.sign === sign;
    },
    expect(sign) {
      const token = take();
      if (token.kind !== "sign" || token.sign !== sign) throw unexpected(token, `"${sign}"`);
    },
  };
}

export function unexpected(token: Token, instead: string): FilterProblem {
  const isEnd = token.kind === "end";
  return new FilterProblem(
    isEnd ? `must not end before ${instead}` : `must have ${instead} here`,
    token.at,
  );
}
