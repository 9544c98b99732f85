import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { fc } from "../../../test/harness/property.ts";
import KSUID from "ksuid";
import { createIdSource, derivedId, ID_PREFIXES, isId } from "./ids.ts";
import { ksuidAt, ksuidTime } from "./ksuid.ts";

const T0 = Date.UTC(2026, 10, 22, 12, 0, 0, 0);

function sourceAt(now: () => number) {
  return createIdSource({ now, randomBytes });
}

test("an id is its prefix and a KSUID that the reference library reads", () => {
  const id = sourceAt(() => T0 + 999.9).next(ID_PREFIXES.event);
  assert.ok(id.startsWith("msg_"));
  const parsed = KSUID.parse(id.slice(4));
  assert.equal(parsed.date.getTime(), T0);
  assert.equal(ksuidTime(id), T0 + 999);
});

test("all 20-byte values are written as the reference library writes them", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 11, maxLength: 11 }),
      fc.integer({ min: 1_400_000_000_000, max: 1_400_000_000_000 + 2 ** 32 * 1000 - 1 }),
      (random, ms) => {
        const fill = (count: number) =>
          Uint8Array.from({ length: count }, (_, i) => random[i % 11] as number);
        const id = createIdSource({ now: () => ms, randomBytes: fill }).next("");
        const reference = KSUID.parse(id);
        assert.equal(reference.string, id);
        assert.equal(reference.date.getTime(), ms - (ms % 1000));
        assert.deepEqual([...reference.raw.subarray(9)], [...random]);
        assert.equal(ksuidTime(id), ms);
      },
    ),
  );
});

test("ids sort strictly in the order of their creation, through bursts and a clock that steps back", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -5000, max: 5000 }), { maxLength: 600 }), (steps) => {
      let clock = T0;
      const ids = sourceAt(() => clock);
      let previous = "";
      for (const step of steps) {
        clock += step;
        const id = ids.next("ep_");
        assert.ok(id > previous, `${id} after ${previous}`);
        previous = id;
      }
    }),
  );
});

test("two sources at one instant never generate the same id", () => {
  const drawn = new Set<string>();
  for (let i = 0; i < 500; i++) drawn.add(sourceAt(() => T0).next("app_"));
  assert.equal(drawn.size, 500);
});

test("an id of one kind is not an id of another kind", () => {
  const id = sourceAt(() => T0).next(ID_PREFIXES.testApp);
  assert.ok(isId(id, "app_test_"));
  assert.ok(!isId(id, "app_"));
  assert.ok(!isId(id, "ep_"));
});

test("a derived id is the same every time, differs by kind, and sorts beside its parent", () => {
  let clock = T0;
  const ids = sourceAt(() => clock);
  const before = ids.next("msg_");
  const parent = ids.next("msg_");
  const after = ids.next("msg_");
  clock += 1;
  const child = derivedId(parent, "optout.changed");
  assert.equal(child, derivedId(parent, "optout.changed"));
  assert.notEqual(child, derivedId(parent, "contact.created"));
  assert.notEqual(child, derivedId(after, "optout.changed"));
  assert.ok(isId(child, "msg_"));
  assert.ok(before < child && child < after);
  assert.equal(ksuidTime(child), T0);
  assert.throws(() => derivedId("msg_short", "optout.changed"), TypeError);
});

test("the bounds of a millisecond contain its ids and no others", () => {
  fc.assert(
    fc.property(fc.integer({ min: T0, max: T0 + 100_000 }), (ms) => {
      const id = sourceAt(() => ms).next("");
      assert.ok(ksuidAt(ms, "lowest") <= id && id <= ksuidAt(ms, "highest"));
      assert.ok(ksuidAt(ms - 1, "highest") < id && id < ksuidAt(ms + 1, "lowest"));
    }),
  );
});
