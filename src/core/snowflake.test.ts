import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../../test/harness/property.ts";
import { createSnowflakeSource, snowflakeTime } from "./snowflake.ts";

const T0 = Date.UTC(2026, 10, 22);

test("Zipwhip's published ids tell the times their payloads name", () => {
  assert.equal(
    new Date(snowflakeTime(1327295480212647936n)).toISOString(),
    "2020-11-13T17:01:17.097Z",
  );
  assert.equal(
    new Date(snowflakeTime(1195424825893195776n)).toISOString(),
    "2019-11-15T19:34:23.069Z",
  );
});

test("an id holds its time, its node and its counter", () => {
  const id = createSnowflakeSource({
    now: () => T0,
    node: 1023,
    initial: 0,
    startCounter: 7,
  }).next();
  assert.equal(snowflakeTime(id), T0);
  assert.equal((id >> 12n) & 1023n, 1023n);
  assert.equal(id & 4095n, 7n);
  assert.ok(id < 2n ** 63n);
});

test("ids rise strictly whatever the clock does", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -50, max: 50 }), { maxLength: 300 }),
      fc.nat(),
      (steps, startCounter) => {
        let clock = T0;
        const ids = createSnowflakeSource({ now: () => clock, node: 5, initial: 0, startCounter });
        let previous = 0n;
        for (const step of steps) {
          clock += step;
          const id = ids.next();
          assert.ok(id > previous);
          previous = id;
        }
      },
    ),
  );
});

test("a burst beyond one millisecond borrows the next ones and repeats nothing", () => {
  const ids = createSnowflakeSource({ now: () => T0, node: 1, initial: 0, startCounter: 2047 });
  const drawn = new Set<bigint>();
  for (let i = 0; i < 10_000; i++) drawn.add(ids.next());
  assert.equal(drawn.size, 10_000);
  assert.equal(ids.latestMs(), T0 + 4);
});

test("a restart on a clock that stepped back goes on after the last id", () => {
  const first = createSnowflakeSource({ now: () => T0, node: 1, initial: 0, startCounter: 2047 });
  let last = 0n;
  for (let i = 0; i < 5000; i++) last = first.next();
  const second = createSnowflakeSource({
    now: () => T0 - 3_600_000,
    node: 1,
    initial: first.latestMs(),
    startCounter: 0,
  });
  assert.ok(second.next() > last);
});

test("a node number out of range and a time past 41 bits are refused", () => {
  const given = { now: () => T0, initial: 0, startCounter: 0 };
  assert.throws(() => createSnowflakeSource({ ...given, node: 1024 }), RangeError);
  assert.throws(() => createSnowflakeSource({ ...given, node: -1 }), RangeError);
  const late = createSnowflakeSource({ ...given, node: 0, now: () => Date.UTC(2081, 0) });
  assert.throws(() => late.next(), RangeError);
});
