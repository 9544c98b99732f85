import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../../test/harness/property.ts";
import { AppError } from "../core/error.ts";
import type { JsonValue } from "../core/json/json-value.ts";
import { parseInstant } from "../core/instant.ts";
import { readFields } from "./read-fields.ts";

function toProblems(act: () => void): string[] {
  try {
    act();
  } catch (error) {
    assert.ok(error instanceof AppError, String(error));
    return error.problems.map(({ path }) => path.join("."));
  }
  return [];
}

test("every problem is reported at once, each with the path of its field", () => {
  const fields = readFields(
    { a: 1, b: "x", c: { d: true, e: 1 }, f: ["", "ok"], other: null },
    [3],
  );
  fields.text("a");
  fields.integer("b", { min: 0, max: 9 });
  fields.object("c")?.text("d");
  fields.texts("f", { min: 1, max: 2, item: { min: 1 } });
  fields.require("missing");
  assert.deepEqual(
    toProblems(() => fields.finish()),
    ["3.a", "3.b", "3.c.d", "3.f.0", "3.missing", "3.other", "3.c.e"],
  );
});

test("an absent field is undefined and a null field is null", () => {
  const fields = readFields({ a: null });
  assert.deepEqual([fields.text("a"), fields.text("b")], [null, undefined]);
  assert.deepEqual([fields.flag("a"), fields.flag("b")], [null, undefined]);
  fields.finish();
});

test("at most a hundred unknown fields are named", () => {
  const given = Object.fromEntries(Array.from({ length: 200_000 }, (_, n) => [`name${n}`, 0]));
  const fields = readFields({ ...given, inner: given });
  fields.object("inner");
  for (const name of Object.keys(given)) fields.text(name);
  assert.equal(toProblems(() => fields.finish()).length, 100);
});

test("a name that only the prototype has is absent", () => {
  const fields = readFields({});
  assert.equal(fields.value("constructor"), undefined);
  assert.equal(fields.text("toString"), undefined);
});

test("a list keeps each distinct item once", () => {
  const fields = readFields({ a: ["x", "y", "x"] });
  assert.deepEqual(fields.texts("a", { min: 1, max: 5, item: {} }), ["x", "y"]);
});

test("any input is read or refused, and never an internal error", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      toProblems(() => {
        const fields = readFields({ a: value as JsonValue });
        fields.text("a", { max: 3 });
        fields.integer("a", { min: 1, max: 2 });
        fields.flag("a");
        fields.instant("a");
        fields.texts("a", { min: 0, max: 2, item: { max: 3 } });
        fields.object("a")?.text("b");
        fields.finish();
      });
    }),
  );
});

test("an instant is RFC 3339 and nothing else", () => {
  assert.equal(parseInstant("2026-05-06T04:00:00Z"), Date.UTC(2026, 4, 6, 4));
  assert.equal(parseInstant("2026-05-06t04:00:00.5+01:00"), Date.UTC(2026, 4, 6, 3, 0, 0, 500));
  for (const text of ["2026-05-06", "2026-13-06T04:00:00Z", "2026-05-06T04:00:00", "now", "1"]) {
    assert.equal(parseInstant(text), undefined);
  }
});
