import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createPlaces } from "./places.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as (options?: { type: "minor" }) => void;

describe("places of objects under way", () => {
  test("a place is free again once its object is removed", () => {
    const places = createPlaces<string>();
    const [a, b] = [places.add("a"), places.add("b")];
    assert.equal(places.remove(a), "a");
    assert.equal(places.remove(a), undefined);
    assert.equal(places.get(a), undefined);
    assert.equal(places.get(b), "b");
    assert.equal(places.add("c"), a);
    assert.deepEqual(
      [...places.entries()],
      [
        [a, "c"],
        [b, "b"],
      ],
    );
    assert.equal(places.size, 2);
  });

  test("entries may be removed while they are listed", () => {
    const places = createPlaces<string>();
    for (const name of ["a", "b", "c"]) places.add(name);
    for (const [place] of places.entries()) places.remove(place);
    assert.equal(places.size, 0);
  });

  test("removed objects never reach the old heap, however long the places have been in use", () => {
    const places = createPlaces<readonly string[]>();
    const addLarge = (): number => places.add(Array.from({ length: 256 }, String));
    const underWay = Array.from({ length: 3 }, addLarge);
    collect();
    const before = readOldBytes();
    for (let count = 0; count < 4_000; count += 1) {
      underWay.push(addLarge());
      places.remove(underWay.shift() as number);
      if (count % 100 === 0) collect({ type: "minor" });
    }
    // All of them together have 9 MB.
    assert.ok(readOldBytes() - before < 1_000_000);
  });
});

function readOldBytes(): number {
  const spaces = getHeapSpaceStatistics().filter(({ space_name: name }) => name === "old_space");
  return spaces.reduce((sum, { space_used_size: bytes }) => sum + bytes, 0);
}
