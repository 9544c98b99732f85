/**
 * A fuzzer of the answers of receivers. Each seed is a case: requests of the real sender to a receiver whose
 * answers are drawn and mutated. `strict-answer.ts` says which outcomes are right. F38 plays many more cases.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isExploring, SEED } from "../../harness/seed.ts";
import { drawCase } from "./draw-case.ts";
import { PLANTED } from "./planted.ts";
import type { PlantedBug } from "./planted.ts";
import { countsText, describeBroken, onlySeed, runCases } from "./start-run.ts";

const CASES = isExploring ? 3000 : 500;
const FIRST_SEED = isExploring ? SEED : 1;
const CASES_TO_FIND = 1500;
/** F38 plants the others, which take longer to find. */
const FOUND_SOON: readonly PlantedBug[] = [
  "an answer that is whole and over the limit settles twice",
  "an interim answer is believed",
  "a faulty head pauses the endpoint",
  "bytes behind an answer are ignored",
];

test("no answer hangs the sender, leaves a socket or is believed wrongly", async (t) => {
  const ran = await runCases(
    onlySeed > 0 ? { first: onlySeed, count: 1 } : { first: FIRST_SEED, count: CASES },
  );
  t.diagnostic(countsText(ran));
  assert.equal(describeBroken(ran), null);
  assert.ok(onlySeed > 0 || ran.kept > CASES / 10, `only ${ran.kept} connections were kept`);
});

test("the same seed has the same case", () => {
  for (let seed = 1; seed <= 100; seed += 1) assert.deepEqual(drawCase(seed), drawCase(seed));
});

for (const bug of FOUND_SOON) {
  test(
    `a planted bug is found: ${bug}`,
    { skip: onlySeed > 0 && "one seed was asked for" },
    async () => {
      const { broken } = await runCases({ first: 1, count: CASES_TO_FIND, bug });
      assert.ok(broken !== null, `${CASES_TO_FIND} cases did not find it`);
      const foundAs: readonly string[] = PLANTED[bug].foundAs;
      assert.ok(foundAs.includes(broken.promise), `found as "${broken.promise}": ${broken.about}`);
    },
  );
}
