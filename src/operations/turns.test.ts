import assert from "node:assert/strict";
import { test } from "node:test";
import { createTurns } from "./turns.ts";

/** A loop that runs on request. */
function startLoop() {
  const waiting: { readonly run: () => void; readonly ms: number }[] = [];
  const ending: (() => void)[] = [];
  let now = 0;
  const turns = createTurns({
    now: () => now,
    later: (run, ms) => void waiting.push({ run, ms }),
    afterRound: (run) => void ending.push(run),
  });
  return {
    turns,
    waiting,
    pass: (ms: number) => {
      now += ms;
    },
    /** Runs one round; resolves after all work that it started. */
    async round(): Promise<void> {
      for (const run of ending.splice(0)) run();
      for (const { run } of waiting.splice(0)) run();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

test("a slice ends after a few milliseconds, and the next one starts with its full time", async () => {
  const loop = startLoop();
  const turn = loop.turns.begin("app");
  assert.equal(turn.isOver(), false);
  loop.pass(2);
  assert.equal(turn.isOver(), true);
  const next = turn.next();
  loop.pass(10);
  await loop.round();
  await next;
  assert.equal(turn.isOver(), false);
});

test("the first slices of one round are one slice together, and each has a little time", async () => {
  const loop = startLoop();
  const overAfter = (ms: number) => {
    const turn = loop.turns.begin("app");
    loop.pass(ms);
    return turn.isOver();
  };
  assert.equal(overAfter(1.5), false);
  assert.equal(overAfter(0.5), true);
  assert.equal(overAfter(0.125), false);
  assert.equal(overAfter(0.25), true);
  await loop.round();
  assert.equal(overAfter(1.5), false);
});

test("one slice runs at a time, and an owner with many requests gets no more than another", async () => {
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
  for (let slice = 1; slice <= 8; slice += 1) {
    assert.equal(loop.waiting.length, 1);
    await loop.round();
    assert.equal(ran.length, slice);
    await loop.round();
  }
  await Promise.all(all);
  assert.deepEqual(ran.slice(0, 4), ["a", "d", "b", "d"]);
  await loop.round();
  assert.equal(loop.waiting.length, 0, "nothing is asked for once nothing waits");
});

test("after a slice the loop is free for three times as long", async () => {
  const loop = startLoop();
  const first = loop.turns.begin("a").next();
  const second = loop.turns.begin("b").next();
  await loop.round();
  await first;
  loop.pass(2);
  await loop.round();
  assert.deepEqual(
    loop.waiting.map(({ ms }) => ms),
    [6],
  );
  await loop.round();
  await second;
});
