/** One setting: its environment variable, its default, how it is read, and one sentence. */
import type { Parser } from "./parse-setting.ts";

export type Row<T> = {
  readonly env: string;
  /** As it would be written in the environment; empty is "not given". */
  readonly fallback: string;
  readonly parse: Parser<T>;
  readonly sentence: string;
};

export function row<T>(env: string, fallback: string, parse: Parser<T>, sentence: string): Row<T> {
  return { env, fallback, parse, sentence };
}
