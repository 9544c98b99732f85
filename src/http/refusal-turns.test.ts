import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { test } from "node:test";
import { createTurns } from "../operations/turns.ts";
import { createRefusalTurns } from "./refusal-turns.ts";

/** A loop whose slices begin on request, and whose time passes by work alone. */
function startLoop() {
  let now = 0;
  const waiting: (() => void)[] = [];
  const later = (run: () => void): void => void waiting.push(run);
  return {
    turns: createTurns({ now: () => now, later, afterRound: later }),
    work: (ms: number) => {
      now += ms;
    },
    async round(): Promise<void> {
      for (const run of waiting.splice(0)) run();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

const toResponse = (destroyed: boolean): ServerResponse =>
  ({ destroyed, req: { socket: { destroyed: false, writableEnded: false } } }) as ServerResponse;

test("many refusals are made in slices, in their order, and none for a connection that is gone", async () => {
  const loop = startLoop();
  const refusals = createRefusalTurns(loop.turns);
  const made: number[] = [];
  for (let n = 0; n < 6; n += 1) {
    refusals.add(toResponse(n === 3), () => {
      loop.work(1);
      made.push(n);
    });
  }
  assert.equal(made.length, 0, "none is made while the requests are read");
  await loop.round();
  assert.deepEqual(made, [0, 1], "a slice lasts two milliseconds");
  for (let rounds = 0; rounds < 8; rounds += 1) await loop.round();
  assert.deepEqual(made, [0, 1, 2, 4, 5]);
  refusals.add(toResponse(false), () => made.push(6));
  for (let rounds = 0; rounds < 3; rounds += 1) await loop.round();
  assert.equal(made.at(-1), 6, "later refusals are made as well");
});
