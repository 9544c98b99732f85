import assert from "node:assert/strict";
import { test } from "node:test";
import Type from "typebox";
import type { TObject } from "typebox";
import { fc } from "../../test/harness/property.ts";
import { AppError } from "../core/error.ts";
import type { JsonValue } from "../core/json/json-value.ts";
import { createReader, type Nulls } from "./read-schema.ts";
import { toAlias, instantIn, toMapSchema, refine } from "./request-schema.ts";

const nullable = (schema: Type.TSchema) => Type.Union([schema, Type.Null()]);
const strict = { additionalProperties: false };

function read(schema: TObject, value: JsonValue, nulls: Nulls = "absent"): unknown {
  return createReader(schema, nulls)(value);
}

function findProblems(schema: TObject, value: JsonValue, nulls: Nulls = "absent"): string[] {
  try {
    read(schema, value, nulls);
  } catch (error) {
    assert.ok(error instanceof AppError, String(error));
    return error.problems.map(({ path, message }) => `${path.join(".")}: ${message}`);
  }
  return [];
}

test("every problem is reported at once, each with the path of its field", () => {
  const schema = Type.Object(
    {
      a: Type.String(),
      b: Type.Integer({ minimum: 0, maximum: 9 }),
      c: Type.Object({ d: Type.String() }, strict),
      f: Type.Array(Type.String({ minLength: 1 }), { minItems: 1, maxItems: 2 }),
      kind: Type.Enum(["x", "y", "z"]),
      missing: Type.String(),
    },
    strict,
  );
  const value = { a: 1, b: "x", c: { d: true, e: 1 }, f: ["", "ok"], kind: "w", other: null };
  assert.deepEqual(findProblems(schema, value), [
    "a: must be a string",
    "b: must be a whole number from 0 to 9",
    "c.d: must be a string",
    "f.0: must not be empty",
    "kind: must be one of x, y, z",
    "missing: field required",
    "c.e: this field is unknown or not supported: check its spelling or remove it",
    "other: this field is unknown or not supported: check its spelling or remove it",
  ]);
});

test("a null without a meaning is absent, or refused where the call says so", () => {
  const schema = Type.Object({
    a: Type.Optional(Type.String()),
    b: Type.Optional(nullable(Type.String())),
  });
  assert.deepEqual(read(schema, { a: null, b: null }), { b: null });
  assert.deepEqual(findProblems(schema, { a: null, b: null }, "refused"), ["a: must not be null"]);
  const required = Type.Object({ a: Type.String() });
  assert.deepEqual(findProblems(required, { a: null }), ["a: must not be null"]);
});

test("at most a hundred problems are named", () => {
  const given = Object.fromEntries(Array.from({ length: 200_000 }, (_, n) => [`name${n}`, 0]));
  assert.equal(findProblems(Type.Object({}, strict), given).length, 100);
  const list = Type.Object({ a: Type.Array(Type.String()) });
  assert.equal(findProblems(list, { a: Array.from({ length: 1000 }, () => 0) }).length, 100);
});

test("a name that only the prototype has is absent, and one that it has too is unknown", () => {
  const schema = Type.Object({ toString: Type.Optional(Type.String()) }, strict);
  assert.deepEqual(Object.keys(read(schema, {}) as object), []);
  assert.equal(findProblems(schema, JSON.parse('{"__proto__":1,"constructor":1}')).length, 2);
});

test("two names of one field may agree, and the reader merges them", () => {
  const texts = (description: string) => Type.Array(Type.String(), { description });
  const schema = Type.Object({
    types: Type.Optional(texts("")),
    filterTypes: toAlias("types", texts),
    type: toAlias("types", (description) => Type.String({ description })),
  });
  assert.deepEqual(read(schema, { types: ["b", "a"], filterTypes: ["a", "b"] }), {
    types: ["b", "a"],
  });
  assert.deepEqual(read(schema, { type: "a" }), { types: ["a"] });
  assert.match(findProblems(schema, { types: ["a"], type: "b" }).join(), /^types: types and type/);
});

test("an empty list and null under two names of one field agree", () => {
  const texts = (description: string) => nullable(Type.Array(Type.String(), { description }));
  const schema = Type.Object({
    types: Type.Optional(texts("")),
    filterTypes: toAlias("types", texts),
  });
  assert.deepEqual(read(schema, { types: null, filterTypes: [] }), { types: null });
  assert.deepEqual(read(schema, { types: [], filterTypes: null }), { types: [] });
  assert.equal(findProblems(schema, { types: null, filterTypes: ["a"] }).length, 1);
});

test("a list keeps each distinct text once, and a list of numbers every number", () => {
  const numbers = Type.Array(Type.Integer({ minimum: 1, maximum: 9 }), { maxItems: 3 });
  const schema = Type.Object({ a: Type.Array(Type.String()), b: numbers });
  assert.deepEqual(read(schema, { a: ["x", "y", "x"], b: [1, 1] }), { a: ["x", "y"], b: [1, 1] });
  assert.deepEqual(findProblems(schema, { a: [], b: [1, 10] }), [
    "b: must be a list of at most 3 whole numbers from 1 to 9",
  ]);
});

test("any input is read or refused, and never an internal error", () => {
  const schema = Type.Object(
    {
      a: Type.String({ maxLength: 3 }),
      b: Type.Optional(nullable(Type.Integer({ minimum: 1, maximum: 2 }))),
      c: Type.Optional(Type.Boolean()),
      d: Type.Optional(instantIn("")),
      e: Type.Optional(Type.Array(Type.String(), { maxItems: 2 })),
      f: Type.Optional(toMapSchema({ max: 2, name: { max: 3 } }, Type.String(), "")),
      g: Type.Optional(refine(Type.Null(), (value) => value === null, "must be null")),
      h: Type.Optional(nullable(Type.Enum(["x", "y"]))),
    },
    strict,
  );
  const names = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
  const field = fc.tuple(fc.constantFrom(...names), fc.jsonValue());
  fc.assert(
    fc.property(fc.array(field), fc.jsonValue(), (fields, whole) => {
      findProblems(schema, Object.fromEntries(fields) as JsonValue);
      findProblems(schema, whole as JsonValue, "refused");
    }),
  );
});
