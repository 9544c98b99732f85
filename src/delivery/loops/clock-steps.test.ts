import assert from "node:assert/strict";
import { test } from "node:test";
import { createClockSteps } from "./clock-steps.ts";

const START = 1_795_348_800_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function openClock() {
  let now = START;
  let elapsed = 1000;
  const steps = createClockSteps({ now: () => now, elapsed: () => elapsed });
  return {
    steps,
    pass(ms: number) {
      now += ms;
      elapsed += ms;
    },
    step(ms: number) {
      now += ms;
    },
    now: () => now,
  };
}

test("a forward step shifts the schedule of events accepted before it, and of none accepted after it", () => {
  const { steps, pass, step, now } = openClock();
  pass(HOUR);
  assert.equal(steps.since(START), 0);
  step(3 * DAY);
  const after = now();
  assert.equal(steps.since(START), 3 * DAY);
  assert.equal(steps.since(after), 0);
  pass(MINUTE);
  step(HOUR);
  assert.equal(steps.since(after), HOUR);
  assert.equal(steps.total(), 3 * DAY + HOUR);
});

test("a backward step undoes earlier forward steps, latest first, and shifts nothing itself", () => {
  const { steps, step, pass } = openClock();
  step(-3 * DAY);
  assert.equal(steps.total(), 0);
  pass(HOUR);
  step(2 * DAY);
  assert.equal(steps.total(), 2 * DAY);
  step(HOUR);
  assert.equal(steps.total(), 2 * DAY + HOUR);
  step(-2 * HOUR);
  assert.equal(steps.total(), 2 * DAY - HOUR);
  step(-5 * DAY);
  assert.equal(steps.total(), 0);
});

test("corrections and drift are not steps, however many there are", () => {
  const { steps, step, pass } = openClock();
  for (let n = 0; n < 100; n++) {
    pass(MINUTE);
    step(4 * MINUTE);
    assert.equal(steps.total(), 0);
  }
});

test("shifted instants stay whole milliseconds", () => {
  const { steps, step, pass } = openClock();
  pass(0.25);
  step(DAY);
  assert.equal(steps.since(START), DAY);
});

test("a step is forgotten when everything that it shifted has had its 72 hours", () => {
  const { steps, step, pass } = openClock();
  step(DAY);
  assert.equal(steps.total(), DAY);
  pass(72 * HOUR);
  assert.equal(steps.since(START), DAY);
  pass(HOUR);
  assert.equal(steps.since(START), 0);
});
