import assert from "node:assert/strict";
import { test } from "node:test";
import { isExploring, SEED } from "../harness/seed.ts";
import { PLANTED } from "./planted.ts";
import type { PlantedBug } from "./planted.ts";
import { onlySeed, runSeeds, describeFailure } from "./start-run.ts";

const SEEDS = 80;
const FIRST_SEED = isExploring ? SEED : 1;
/** The worst of these is found within a third of it. */
const SEEDS_TO_FIND = 300;

/** Of each planted bug, the promises that it breaks. */
const FOUND_AS: Readonly<Record<PlantedBug, readonly string[]>> = {
  "lost wake-up": ["due within seconds when nothing holds it back"],
  "double claim": ["one lease at a time"],
  "missed deadline": ["72 hours before it fails"],
  "deaf lane": [
    "nothing starts after a disable was answered",
    "nothing older starts after an edit was answered",
  ],
  // Sent after somebody else has recorded it, or before: what is seen first depends on the seed.
  "certain of an old lease": ["sent under a lease that holds", "one lease at a time"],
  "broken order": ["in the order of the key"],
};

test("the engine keeps its promises through what each seed brings", async () => {
  const ran = await runSeeds(
    onlySeed > 0 ? { first: onlySeed, count: 1 } : { first: FIRST_SEED, count: SEEDS },
  );
  assert.equal(describeFailure(ran), null);
  assert.ok(onlySeed > 0 || ran.attempts > SEEDS * 10, `only ${ran.attempts} attempts were made`);
});

test("the same seed tells the same story", async () => {
  const [one, other] = await Promise.all([1, 2].map(() => runSeeds({ first: 7, count: 5 })));
  assert.deepEqual(one, other);
});

for (const bug of Object.keys(PLANTED) as PlantedBug[]) {
  test(
    `a planted bug is found: ${bug}`,
    { skip: onlySeed > 0 && "one seed was asked for" },
    async () => {
      const { broken } = await runSeeds({ first: 1, count: SEEDS_TO_FIND, bug });
      assert.ok(broken !== null, `${SEEDS_TO_FIND} seeds did not find it`);
      assert.ok(FOUND_AS[bug].includes(broken.promise), `found as "${broken.promise}"`);
    },
  );
}
