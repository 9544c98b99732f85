/**
 * The long form of `test/sim/`: thousands of seeds, told to the real engine on the real statements,
 * with crashes, stalls, partitions and outages drawn from each. What it can find is shown there, by
 * bugs planted in the sources.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { runSeeds, describeFailure } from "../sim/start-run.ts";
import { pickLength } from "./harness/length.ts";

const SEEDS = pickLength({ short: 1000, long: 5000 });
const AT_ONCE = 2;
/** Those before it are told by every `npm test`. */
const FIRST = 1001;

test(`the engine keeps its promises through ${SEEDS} seeds`, async (t) => {
  const count = SEEDS / AT_ONCE;
  const runs = await Promise.all(
    Array.from({ length: AT_ONCE }, (_, n) => runSeeds({ first: FIRST + n * count, count })),
  );
  for (const ran of runs) assert.equal(describeFailure(ran), null);
  const sum = (of: "attempts" | "deliveries") => runs.reduce((all, ran) => all + ran[of], 0);
  t.diagnostic(`${SEEDS} seeds, ${sum("deliveries")} deliveries, ${sum("attempts")} attempts`);
});
