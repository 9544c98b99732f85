/**
 * F38, for I4, I5 and I7: receivers whose answers are drawn and mutated byte by byte, for a minute, with a fixed
 * seed. No attempt hangs or settles twice, no socket, timer or memory is left, and no answer is believed
 * wrongly. The control plants one bug at a time in the exchange, and the same cases find each.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { casesToFind, PLANTED } from "../net/fuzz/planted.ts";
import type { PlantedBug } from "../net/fuzz/planted.ts";
import { countsText, describeBroken, runCases } from "../net/fuzz/start-run.ts";
import { pickCycles } from "./harness/length.ts";

/** A thousand cases are some four seconds of a core. */
const THOUSANDS = pickCycles({ short: 12, long: 600 });
/** The gate plays the smaller seeds. */
const FIRST_SEED = 10_001;

test(`F38 ${THOUSANDS},000 fuzzed cases: none hangs, leaks or is believed wrongly`, async (t) => {
  const ran = await runCases({ first: FIRST_SEED, count: THOUSANDS * 1000 });
  t.diagnostic(`${countsText(ran)}; memory grew by ${Math.round(ran.grownBytes / 1024)} KiB`);
  assert.equal(describeBroken(ran), null);
});

for (const bug of Object.keys(PLANTED) as PlantedBug[]) {
  test(`F38 control: the cases find that ${bug}`, async (t) => {
    const { broken, cases } = await runCases({ first: FIRST_SEED, count: casesToFind(bug), bug });
    assert.ok(broken !== null, `${cases} cases did not find it`);
    const foundAs: readonly string[] = PLANTED[bug].foundAs;
    assert.ok(foundAs.includes(broken.promise), `found as "${broken.promise}": ${broken.about}`);
    t.diagnostic(`found after ${cases} cases, by the seed ${broken.seed}`);
  });
}
