/** One setting: its environment variable, default, parser and description. */
import type { Parser } from "./parse-setting.ts";

export type Row<T> = {
  readonly env: string;
  /** The default as written in the environment; empty means not set. */
  readonly fallback: string;
  readonly parse: Parser<T>;
  readonly sentence: string;
};

export function row<T>(env: string, fallback: string, parse: Parser<T>, sentence: string): Row<T> {
  return { env, fallback, parse, sentence };
}
