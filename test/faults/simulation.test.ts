/**
 * The long form of `test/sim/`: thousands of seeds for the real engine on the real statements. Crashes,
 * stalls, partitions and outages are drawn from each seed. `test/sim/` shows that planted bugs are found.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { runSeeds, describeFailure } from "../sim/start-run.ts";
import { pickLength } from "./harness/length.ts";

const SEEDS = pickLength({ short: 1000, long: 5000 });
const AT_ONCE = 2;
/** The first seed. Every `npm test` runs the smaller ones. */
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
