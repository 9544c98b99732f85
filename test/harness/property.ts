/**
 * fast-check with the seed of `seed.ts`. Tests import properties from here only (the lint checks it):
 * fast-check alone draws a new seed in each run. Exploring runs ten times as many cases of each property that
 * names no number of runs.
 */
import fc from "fast-check";
import { isExploring, SEED } from "./seed.ts";

const GATE_RUNS = 100;
const EXPLORE_RUNS = 1000;

fc.configureGlobal({ seed: SEED, numRuns: isExploring ? EXPLORE_RUNS : GATE_RUNS });

export { fc };
