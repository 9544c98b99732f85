import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../../../test/harness/property.ts";
import {
  createSnowflakeSource,
  nextPlace,
  placeAfter,
  placeMs,
  SNOWFLAKE_AHEAD_MS,
  snowflakeTime,
} from "./snowflake.ts";

const T0 = Date.UTC(2026, 10, 22);

test("Zipwhip's published ids contain the times of their payloads", () => {
  assert.equal(
    new Date(snowflakeTime(1327295480212647936n)).toISOString(),
    "2020-11-13T17:01:17.097Z",
  );
  assert.equal(
    new Date(snowflakeTime(1195424825893195776n)).toISOString(),
    "2019-11-15T19:34:23.069Z",
  );
});

test("an id contains its time, its node and its counter", () => {
  const id = createSnowflakeSource({
    now: () => T0,
    node: 255,
    initial: 0,
    startCounter: 7,
  }).next();
  assert.equal(snowflakeTime(id), T0);
  assert.equal((id >> 14n) & 255n, 255n);
  assert.equal((id >> 10n) & 15n, 7n);
  assert.ok(id < 2n ** 63n);
});

test("every id is exact as a double until the year 2080, as all published ids are", () => {
  for (const published of [1327295480212647936n, 1195424825893195776n, 634151298329219072n]) {
    assert.equal(BigInt(Number(published)), published);
  }
  const time = fc.integer({ min: T0, max: Date.UTC(2080, 0) });
  fc.assert(
    fc.property(time, fc.integer({ min: 0, max: 255 }), fc.nat(), (ms, node, startCounter) => {
      const source = createSnowflakeSource({ now: () => ms, node, initial: 0, startCounter });
      for (let i = 0; i < 40; i++) {
        const id = source.next();
        assert.equal(BigInt(Number(id)), id);
      }
    }),
  );
});

test("ids rise strictly with any movement of the clock", () => {
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

test("a burst beyond one millisecond uses the ids of the next ones and repeats none", () => {
  const ids = createSnowflakeSource({ now: () => T0, node: 1, initial: 0, startCounter: 15 });
  const drawn = new Set<bigint>();
  for (let i = 0; i < 10_000; i++) drawn.add(ids.next());
  assert.equal(drawn.size, 10_000);
  // 9 in the first millisecond, which started at 7, and 16 in each later one.
  assert.equal(ids.latestMs(), T0 + Math.ceil((10_000 - 9) / 16));
});

test("after a restart on a clock that stepped back, ids continue after the last id", () => {
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

test("the place of many ids equals the place of as many single ids", () => {
  const draws = fc.array(
    fc.record({
      ms: fc.integer({ min: T0, max: T0 + 50 }),
      count: fc.integer({ min: 1, max: 60 }),
    }),
    { maxLength: 20 },
  );
  fc.assert(
    fc.property(draws, fc.nat(), (given, startCounter) => {
      let now = T0;
      const source = createSnowflakeSource({ now: () => now, node: 0, initial: 0, startCounter });
      let place = placeAfter(0);
      for (const { ms, count } of given) {
        now = ms;
        for (let i = 0; i < count; i++) source.next();
        place = nextPlace(place, { ms, startCounter, count });
        assert.equal(placeMs(place), source.latestMs());
      }
    }),
  );
});

test("one node number keeps up with the clock through a day of 12,000 ids a second in bursts of 1,000", () => {
  let place = placeAfter(0);
  let mostAhead = 0;
  for (let burst = 0; burst < 86_400 * 12; burst++) {
    const ms = T0 + Math.floor((burst * 1_000) / 12);
    place = nextPlace(place, { ms, startCounter: 7, count: 1_000 });
    mostAhead = Math.max(mostAhead, placeMs(place) - ms);
  }
  assert.equal(mostAhead, 62);
  assert.ok(mostAhead < SNOWFLAKE_AHEAD_MS);
});

test("a node number out of range and a time past 41 bits are refused", () => {
  const given = { now: () => T0, initial: 0, startCounter: 0 };
  assert.throws(() => createSnowflakeSource({ ...given, node: 256 }), RangeError);
  assert.throws(() => createSnowflakeSource({ ...given, node: -1 }), RangeError);
  const late = createSnowflakeSource({ ...given, node: 0, now: () => Date.UTC(2081, 0) });
  assert.throws(() => late.next(), RangeError);
});
