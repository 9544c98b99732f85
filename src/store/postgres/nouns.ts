/** The methods of the store that are one function of the lists each, by the noun in their name. */
import type { Runner } from "./cluster/runner.ts";
import { toMethods, type Noun } from "../nouns.ts";
import { READS } from "./reads.ts";
import { WRITES } from "./writes.ts";

const LISTS = { ...WRITES, ...READS };
type Work = (context: never, p: never) => Promise<unknown>;

/** Returns the methods of one noun: a change is one transaction, a query one consistent moment. */
export function toNoun<Name extends string>(runner: Runner, name: Name): Noun<typeof LISTS, Name> {
  return toMethods(LISTS, name, (call, params = {}) => {
    const work = LISTS[call as keyof typeof LISTS] as Work;
    const run = (context: unknown) => work(context as never, params as never);
    return call in WRITES ? runner.write(run, params) : runner.read(call, params, run);
  });
}
