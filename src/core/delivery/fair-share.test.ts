import assert from "node:assert/strict";
import { test } from "node:test";
import { countShare, mayTake } from "./fair-share.ts";

/** Takes one unit for each application in turn, until none may take more. */
function takeInTurns(applications: number, limit: number): number[] {
  const held = Array.from({ length: applications }, () => 0);
  let taken = 0;
  for (let before = -1; before !== taken;) {
    before = taken;
    for (const [i, mine] of held.entries()) {
      if (!mayTake({ held: mine, taken, limit })) continue;
      held[i] = mine + 1;
      taken += 1;
    }
  }
  return held;
}

test("one application alone gets four fifths, and a part stays free for the next one", () => {
  assert.deepEqual(takeInTurns(1, 500), [400]);
  assert.ok(mayTake({ held: 0, taken: 400, limit: 500 }));
});

test("applications that want all get equal parts", () => {
  for (const applications of [2, 3, 10]) {
    const held = takeInTurns(applications, 2048);
    assert.ok(Math.max(...held) - Math.min(...held) <= 1, String(held));
    const share = (4 * 2048) / (4 * applications + 1);
    assert.ok(Math.abs((held[0] as number) - share) <= 4, `${held[0]} of ${share}`);
  }
});

test("no more than the limit is taken, however many applications want it", () => {
  const taken = takeInTurns(5000, 512).reduce((sum, mine) => sum + mine, 0);
  assert.equal(taken, 512);
  assert.ok(!mayTake({ held: 0, taken, limit: 512 }));
  assert.equal(countShare({ held: 0, taken, limit: 512 }, 10), 0);
});

test("the count of a share is the number of units that may be taken one after the other", () => {
  for (const limit of [1, 7, 512]) {
    for (let taken = 0; taken <= limit; taken += 1 + Math.floor(limit / 20)) {
      for (const held of [0, Math.floor(taken / 2), taken]) {
        let more = 0;
        while (mayTake({ held: held + more, taken: taken + more, limit })) more += 1;
        assert.equal(countShare({ held, taken, limit }, limit), more, `${held} ${taken} ${limit}`);
        assert.equal(countShare({ held, taken, limit }, 3), Math.min(3, more));
      }
    }
  }
});
