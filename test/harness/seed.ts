/**
 * The seed of every random draw in tests. It is fixed, so that a run of the gate depends on its commit alone.
 * `npm run explore` sets EXPLORE_SEED and draws new cases.
 */
import { createRandom } from "../sim/random.ts";
import type { Random } from "../sim/random.ts";

const GATE_SEED = 20_261_129;

const given = process.env["EXPLORE_SEED"];

/** A positive 32-bit integer. */
export const SEED = given === undefined ? GATE_SEED : Number(given);
export const isExploring = given !== undefined;

/** The draws of one test: the same `name` under the same seed draws the same numbers. */
export function createIdSources(name: string): Random {
  let mixed = SEED;
  for (const character of name)
    mixed = Math.imul(mixed ^ (character.codePointAt(0) ?? 0), 16_777_619);
  return createRandom(mixed);
}
