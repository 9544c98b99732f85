/** The methods of the store that are one function of the lists each, by the noun in their name. */
import type { Runner } from "./cluster/runner.ts";
import { READS } from "./reads.ts";
import { WRITES } from "./writes.ts";

type Lists = typeof WRITES & typeof READS;
/** The methods of one noun, from the lists. */
export type Noun<Name extends string> = {
  [
    Key in keyof Lists as Key extends `${Name}.${infer Method}` ? Method : never
  ]: Lists[Key] extends (context: never, ...rest: infer Rest) => Promise<infer Result>
    ? (...rest: Rest) => Promise<Result>
    : never;
};
type Work = (context: never, p: never) => Promise<unknown>;

/** Returns the methods of one noun: a change is one transaction, a query one consistent moment. */
export function toNoun<Name extends string>(runner: Runner, name: Name): Noun<Name> {
  const methods: Record<string, (params: unknown) => Promise<unknown>> = {};
  const add = (
    list: Readonly<Record<string, Work>>,
    run: (work: Work, params: unknown, key: string) => Promise<unknown>,
  ) => {
    for (const [key, work] of Object.entries(list)) {
      const [first, method] = key.split(".") as [string, string];
      if (first === name) methods[method] = (params = {}) => run(work, params, key);
    }
  };
  add(WRITES, (work, params) => runner.write((tx) => work(tx as never, params as never), params));
  add(READS, (work, params, key) => {
    const query = (reader: unknown) => work(reader as never, params as never);
    return runner.read(key, params, query);
  });
  return methods as Noun<Name>;
}
