import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../../../test/harness/property.ts";
import { AppError } from "../error.ts";
import {
  CHIRP_SCHEDULE,
  customSchedule,
  deadlineAt,
  EXPONENTIAL_72_HOURS,
  nextSlot,
  SENDBLUE_SCHEDULE,
  slotAt,
  slotCount,
} from "./retry-schedule.ts";

const BASE = Date.UTC(2026, 10, 22, 12, 0, 0);
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const schedule = EXPONENTIAL_72_HOURS;
const seeds = fc.string({ minLength: 1, maxLength: 40 });

/** The *at* column of the standard, written out. */
const AT = [
  "00:00:00", "00:00:05", "00:00:20", "00:01:05", "00:03:05", "00:08:05", "00:23:05", "00:53:05",
  "01:53:05", "03:53:05", "07:53:05", "13:53:05", "19:53:05", "25:53:05", "31:53:05", "37:53:05",
  "43:53:05", "49:53:05", "55:53:05", "61:53:05", "67:53:05", "72:00:00",
].map((text) => {
  const [hours, minutes, seconds] = text.split(":").map(Number) as [number, number, number];
  return hours * HOUR + minutes * MINUTE + seconds * SECOND;
}); // prettier-ignore

test("I6: the 72 hours have the 22 slots of the standard", () => {
  assert.equal(slotCount(schedule), 22);
  assert.ok(schedule.kind === "slots");
  assert.deepEqual(schedule.offsetsMs, AT);
});

test("I6: jitter stays within its share of the step, and the first and last slot have none", () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      let previous = -1;
      for (let slot = 1; slot <= 22; slot++) {
        const at = slotAt({ schedule, baseAt: BASE, slot, seed }) - BASE;
        const planned = AT[slot - 1] as number;
        const step = slot === 1 ? 0 : planned - (AT[slot - 2] as number);
        if (slot === 1 || slot === 22) assert.equal(at, planned);
        else if (step <= MINUTE) assert.ok(at >= planned && at < planned + step);
        else assert.ok(Math.abs(at - planned) <= 0.2 * step);
        assert.ok(at > previous, "slots keep their order");
        previous = at;
      }
      assert.equal(previous, 72 * HOUR);
    }),
  );
});

test("all nodes compute the same instants, and two deliveries have different ones", () => {
  const at = (seed: string) => slotAt({ schedule, baseAt: BASE, slot: 15, seed });
  assert.equal(at("msg_1:ep_1"), at("msg_1:ep_1"));
  const distinct = new Set(Array.from({ length: 1000 }, (_, i) => at(`msg_${i}`)));
  assert.ok(distinct.size > 990);
});

test("jitter spreads a cohort evenly over its range", () => {
  const buckets = Array.from({ length: 10 }, () => 0);
  for (let i = 0; i < 10_000; i++) {
    const off =
      slotAt({ schedule, baseAt: BASE, slot: 15, seed: `dlv_${i}` }) - BASE - (AT[14] as number);
    const bucket = Math.min(9, Math.floor(((off / (0.2 * 6 * HOUR) + 1) / 2) * 10));
    buckets[bucket] = (buckets[bucket] as number) + 1;
  }
  for (const count of buckets) assert.ok(count > 850 && count < 1150, buckets.join(" "));
});

test("I6: attempts that fail at once use all 22 slots and end at 72:00:00", () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      let slot = 1;
      let now = BASE;
      for (;;) {
        const next = nextSlot({ schedule, baseAt: BASE, slot, now, seed });
        if (next === null) break;
        assert.deepEqual(next.skipped, []);
        assert.equal(next.slot, slot + 1);
        assert.ok(next.dueAt > now);
        ({ slot, dueAt: now } = next);
      }
      assert.equal(slot, 22);
      assert.equal(now, BASE + 72 * HOUR);
    }),
  );
});

test("I6: a slot already past is skipped and named", () => {
  const next = nextSlot({ schedule, baseAt: BASE, slot: 1, now: BASE + 12 * SECOND, seed: "a" });
  assert.equal(next?.slot, 3);
  assert.deepEqual(next?.skipped, [2]);
});

test("I6: with any delay, every lost slot is named and the last slot is never skipped", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 21 }),
      fc.integer({ min: 0, max: 100 * HOUR }),
      seeds,
      (slot, late, seed) => {
        const now = BASE + late;
        const next = nextSlot({ schedule, baseAt: BASE, slot, now, seed });
        assert.ok(next !== null);
        const between = Array.from({ length: next.slot - slot - 1 }, (_, i) => slot + 1 + i);
        assert.deepEqual(next.skipped, between);
        assert.equal(next.dueAt, slotAt({ schedule, baseAt: BASE, slot: next.slot, seed }));
        assert.ok(next.dueAt >= now || next.slot === 22);
      },
    ),
  );
});

test("I6: the last attempt may be late, and no attempt follows it", () => {
  const now = BASE + 80 * HOUR;
  const next = nextSlot({ schedule, baseAt: BASE, slot: 20, now, seed: "a" });
  assert.deepEqual(next, { slot: 22, dueAt: BASE + 72 * HOUR, skipped: [21] });
  assert.equal(nextSlot({ schedule, baseAt: BASE, slot: 22, now, seed: "a" }), null);
});

test("Retry-After only postpones, by at most six hours, and the skipped slots are named", () => {
  const ask = (retryAfterMs: number) =>
    nextSlot({ schedule, baseAt: BASE, slot: 1, now: BASE + SECOND, seed: "a", retryAfterMs });
  assert.deepEqual(ask(SECOND), ask(0));
  const minute = ask(MINUTE);
  assert.deepEqual(minute, { slot: 3, dueAt: BASE + SECOND + MINUTE, skipped: [2] });
  const forever = ask(99_999_999 * SECOND);
  assert.equal(forever?.dueAt, BASE + SECOND + 6 * HOUR);
  assert.deepEqual(forever?.skipped, [2, 3, 4, 5, 6, 7, 8, 9]);
});

test("Retry-After never exceeds the deadline", () => {
  const now = BASE + 69 * HOUR;
  const next = nextSlot({
    schedule,
    baseAt: BASE,
    slot: 21,
    now,
    seed: "a",
    retryAfterMs: 6 * HOUR,
  });
  assert.deepEqual(next, { slot: 22, dueAt: BASE + 72 * HOUR, skipped: [] });
  const late = { schedule, baseAt: BASE, slot: 21, now: BASE + 73 * HOUR, seed: "a" };
  assert.equal(nextSlot({ ...late, retryAfterMs: HOUR })?.dueAt, BASE + 72 * HOUR);
});

test("long steps only skips the slots of the first minutes", () => {
  const next = nextSlot({
    schedule,
    baseAt: BASE,
    slot: 1,
    now: BASE,
    seed: "a",
    longStepsOnly: true,
  });
  assert.equal(next?.slot, 5);
  assert.deepEqual(next?.skipped, [2, 3, 4]);
});

test("Sendblue gets three retries and Chirp five, counted from the end of each attempt", () => {
  for (const [waits, expected] of [
    [SENDBLUE_SCHEDULE, [30 * SECOND, 2 * MINUTE, 10 * MINUTE]],
    [CHIRP_SCHEDULE, [10 * SECOND, MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR]],
  ] as const) {
    let now = BASE;
    let slot = 1;
    for (const wait of expected) {
      now += 45 * SECOND;
      const next = nextSlot({ schedule: waits, baseAt: BASE, slot, now, seed: "a" });
      assert.ok(next !== null);
      assert.deepEqual([next.slot, next.skipped], [slot + 1, []]);
      const passed = next.dueAt - now;
      if (wait <= MINUTE) assert.ok(passed >= wait && passed < 2 * wait);
      else assert.ok(Math.abs(passed - wait) <= 0.2 * wait);
      ({ slot, dueAt: now } = next);
    }
    assert.equal(nextSlot({ schedule: waits, baseAt: BASE, slot, now, seed: "a" }), null);
  }
});

test("retries after waits end at their deadline", () => {
  const given = { schedule: SENDBLUE_SCHEDULE, baseAt: BASE, slot: 1, seed: "a" };
  const deadline = deadlineAt(SENDBLUE_SCHEDULE, BASE);
  assert.equal(deadline, BASE + 72 * HOUR);
  assert.equal(nextSlot({ ...given, now: deadline - 1 })?.dueAt, deadline);
  assert.equal(nextSlot({ ...given, now: deadline }), null);
});

test("an endpoint's schedule is bounded", () => {
  assert.equal(slotCount(customSchedule([])), 1);
  const own = customSchedule([5 * SECOND, HOUR]);
  const next = nextSlot({ schedule: own, baseAt: BASE, slot: 2, now: BASE + MINUTE, seed: "a" });
  assert.equal(next?.slot, 3);
  const planned = slotAt({ schedule: own, baseAt: BASE, slot: 3, seed: "a" }) - BASE;
  assert.ok(Math.abs(planned - HOUR - 5 * SECOND) <= 0.2 * HOUR);
  for (const waits of [[0], [1.5], [25 * HOUR], Array(31).fill(SECOND), Array(4).fill(24 * HOUR)]) {
    assert.throws(() => customSchedule(waits as number[]), AppError);
  }
});

test("a slot that does not exist is a bug", () => {
  assert.throws(() => slotAt({ schedule, baseAt: BASE, slot: 0, seed: "a" }), RangeError);
  assert.throws(() => slotAt({ schedule, baseAt: BASE, slot: 23, seed: "a" }), RangeError);
});
