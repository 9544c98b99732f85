import assert from "node:assert/strict";
import { test } from "node:test";
import { isExploring, SEED } from "../harness/seed.ts";
import { PLANTED } from "./planted.ts";
import type { PlantedBug } from "./planted.ts";
import { onlySeed, runSeeds, describeFailure } from "./start-run.ts";

const SEEDS = 80;
const SEEDS_ON_THREADS = 40;
const FIRST_SEED = isExploring ? SEED : 1;
/** Each bug is found within a third of these seeds. */
const SEEDS_TO_FIND = 300;

/** The promises that each planted bug breaks. */
const FOUND_AS: Readonly<Record<PlantedBug, readonly string[]>> = {
  "lost wake-up": ["sent within seconds when nothing delays it"],
  "double claim": ["one lease at a time"],
  "missed deadline": ["72 hours before it fails"],
  "stale lane": [
    "no attempt starts after a disable is answered",
    "no older version starts after an edit is answered",
  ],
  // The attempt starts before or after another node's record. The order depends on the seed.
  "expired lease": ["sent under a valid lease", "one lease at a time"],
  "broken order": ["in the order of the key"],
  "overtaking publish": ["in the order of the key"],
  "lost opt-out": ["a person is one contact"],
  "lost race": ["an own event completes its message"],
  // The accounts of the store notice it at the end; the ledger notices it when the second one is leased.
  "doubled part": [
    "one delivery of an event per endpoint",
    "one attempt at a time",
    "one lease at a time",
  ],
};

test("the engine keeps its promises in the run of each seed", async () => {
  const ran = await runSeeds(
    onlySeed > 0 ? { first: onlySeed, count: 1 } : { first: FIRST_SEED, count: SEEDS },
  );
  assert.equal(describeFailure(ran), null);
  assert.ok(onlySeed > 0 || ran.attempts > SEEDS * 10, `only ${ran.attempts} attempts were made`);
});

test("the engines on the threads of a node keep the promises in the run of each seed", async () => {
  const ran = await runSeeds(
    onlySeed > 0
      ? { first: onlySeed, count: 1, senders: 2 }
      : { first: FIRST_SEED, count: SEEDS_ON_THREADS, senders: 2 },
  );
  assert.equal(describeFailure(ran), null);
});

test("the same seed has the same run", async () => {
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
