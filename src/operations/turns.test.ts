import assert from "node:assert/strict";
import { test } from "node:test";
import { createTurns } from "./turns.ts";

/** A loop that goes round when it is told to. */
function startLoop() {
  const waiting: (() => void)[] = [];
  let now = 0;
  const turns = createTurns({ now: () => now, later: (run) => void waiting.push(run) });
  return {
    turns,
    waiting,
    pass: (ms: number) => {
      now += ms;
    },
    /** One round; resolves after everything that it let go on. */
    async round(): Promise<void> {
      for (const run of waiting.splice(0)) run();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

test("a slice is over after a few milliseconds, and the next one begins anew", async () => {
  const loop = startLoop();
  const turn = loop.turns.begin("app");
  assert.equal(turn.isOver(), false);
  loop.pass(3);
  assert.equal(turn.isOver(), true);
  const next = turn.next();
  loop.pass(10);
  await loop.round();
  await next;
  assert.equal(turn.isOver(), false);
});

test("one slice runs per round, and an owner with many requests gets no more than another", async () => {
  const loop = startLoop();
  const ran: string[] = [];
  const work = async (owner: string, name: string) => {
    const turn = loop.turns.begin(owner);
    for (let slice = 0; slice < 2; slice += 1) {
      await turn.next();
      ran.push(name);
    }
  };
  const all = [work("many", "a"), work("many", "b"), work("many", "c"), work("one", "d")];
  for (let round = 1; round <= 8; round += 1) {
    assert.equal(loop.waiting.length, 1);
    await loop.round();
    assert.equal(ran.length, round);
  }
  await Promise.all(all);
  assert.deepEqual(ran.slice(0, 4), ["a", "d", "b", "d"]);
  assert.equal(loop.waiting.length, 0, "nothing is asked for once nothing waits");
});
