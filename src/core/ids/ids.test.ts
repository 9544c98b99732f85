import assert from "node:assert/strict";
import { hash, randomBytes } from "node:crypto";
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

test("an id does not show how many others were made in its millisecond", () => {
  const counterOf = (id: string) => KSUID.parse(id).raw.readUIntBE(6, 3);
  let clock = T0;
  let drawn = 0;
  const hashed = (count: number) => {
    const hashes = Array.from({ length: Math.ceil(count / 32) }, () =>
      hash("sha256", `${drawn++}`),
    );
    return Buffer.from(hashes.join(""), "hex").subarray(0, count);
  };
  const ids = createIdSource({ now: () => clock, randomBytes: hashed });
  const firsts = new Set<number>();
  const distances = new Set<number>();
  for (let ms = 0; ms < 200; ms += 1) {
    clock += 1;
    const [first, second] = [counterOf(ids.next("")), counterOf(ids.next(""))];
    firsts.add(first);
    distances.add(second - first);
    assert.ok(second - first >= 1 && second - first <= 256);
  }
  assert.ok(firsts.size > 150, `${firsts.size} of 200 begin at different numbers`);
  assert.ok(distances.size > 64, `${distances.size} different distances`);
});

test("a millisecond without room for further ids borrows the next one", () => {
  const highest = (count: number) => new Uint8Array(count).fill(255);
  const ids = createIdSource({ now: () => T0, randomBytes: highest });
  const made = Array.from({ length: 49_154 }, () => ids.next(""));
  assert.ok(made.every((id, at) => at === 0 || id > (made[at - 1] as string)));
  assert.deepEqual(made.slice(-2).map(ksuidTime), [T0, T0 + 1]);
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
