/** The rate of an application over sender threads. Two sets of rates over one memory stand for two threads. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type AppRates, createAppRates, createSharedRates, openSharedRates } from "./app-rates.ts";

const START = 1_795_348_800_000;
const RATE = 3;

function countSent(threads: readonly AppRates[]): number {
  let sent = 0;
  for (let now = START; now < START + 10_000; now += 10) {
    for (const rates of threads) {
      if (rates.nextSendAt("app_1", RATE) > now) continue;
      rates.consume("app_1", RATE, now);
      sent += 1;
    }
  }
  return sent;
}

test("messages of one thread use up the rate of the other", () => {
  const memory = createSharedRates();
  const threads = [openSharedRates(memory), openSharedRates(memory)] as const;
  const sent = countSent(threads);
  assert.equal(sent, countSent([createAppRates()]));
  assert.ok(sent > 10 * RATE, `${sent}`);
  assert.equal(threads[0].nextSendAt("app_2", RATE), 0);
  assert.equal(threads[0].nextSendAt("app_1", null), 0);
});

test("shared rates give the same instants as those of one thread", () => {
  const [shared, own] = [openSharedRates(createSharedRates()), createAppRates()];
  for (const at of [0, 1, 400, 401, 5_000]) {
    shared.consume("app_1", RATE, START + at);
    own.consume("app_1", RATE, START + at);
    const difference = shared.nextSendAt("app_1", RATE) - own.nextSendAt("app_1", RATE);
    assert.ok(Math.abs(difference) < 0.01, `${difference} ms`);
  }
});
