import assert from "node:assert/strict";
import { test } from "node:test";
import { createSharedWants, mostWanted, openSharedWants, shareWants } from "./wanted.ts";

test("the greatest wish wins, and none is nothing", () => {
  assert.equal(mostWanted([]), "nothing");
  assert.equal(mostWanted(["counts", undefined, "nothing"]), "counts");
  assert.equal(mostWanted(["counts", "notices"]), "notices");
});

test("a thread reads the wish of an application or of all, and one that ended is nothing", () => {
  const memory = createSharedWants();
  const wanted = openSharedWants(memory);
  shareWants(memory, new Map([["app_quiet", "notices"]]));
  assert.equal(wanted("app_quiet"), "notices");
  assert.equal(wanted("app_busy"), "nothing");
  shareWants(
    memory,
    new Map([
      [null, "counts"],
      ["app_quiet", "notices"],
    ]),
  );
  assert.equal(wanted("app_busy"), "counts");
  assert.equal(wanted("app_quiet"), "notices");
  shareWants(memory, new Map());
  assert.equal(wanted("app_quiet"), "nothing");
});

test("applications at one place get the greater wish", () => {
  const memory = createSharedWants();
  // The hash of two characters is the same for these.
  const [one, other] = ["Aa", "BB"];
  shareWants(
    memory,
    new Map([
      [one, "notices"],
      [other, "counts"],
    ]),
  );
  assert.equal(openSharedWants(memory)(other), "notices");
});
