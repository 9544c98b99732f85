import assert from "node:assert/strict";
import { test } from "node:test";
import { CATALOGUE } from "../events/catalogue.ts";
import { schemaProblem } from "./json-schema.ts";
import type { JsonValue } from "./json-value.ts";

test("schemas of every draft are JSON Schemas, and so is each schema of the catalogue", () => {
  const sound: readonly JsonValue[] = [
    true,
    {},
    { type: ["string", "null"], minLength: 0, pattern: "^a+$", format: "uri", "x-any": [1] },
    { type: "number", minimum: 0, exclusiveMinimum: true, multipleOf: 0.5 },
    { minimum: 2n ** 60n, exclusiveMaximum: 9 },
    { items: [{ type: "integer" }], additionalItems: false, uniqueItems: true },
    { $defs: { a: { enum: [1, null] } }, properties: { type: { $ref: "#/$defs/a" } } },
    { patternProperties: { "^x-": {} }, required: ["a"], dependencies: { a: ["b"], c: {} } },
    JSON.parse(`{"if":{"const":1},"then":true,"else":false,"prefixItems":[{}]}`) as JsonValue,
  ];
  for (const schema of sound) assert.equal(schemaProblem(schema, []), undefined);
  for (const { schema } of Object.values(CATALOGUE)) {
    const printed = JSON.parse(JSON.stringify(schema)) as JsonValue;
    assert.equal(schemaProblem(printed, []), undefined);
  }
});

test("the error names the first keyword with a wrong value", () => {
  const wrong: readonly (readonly [JsonValue, string])[] = [
    ["object", ""],
    [null, ""],
    [[], ""],
    [{ type: "text" }, "type"],
    [{ type: [] }, "type"],
    [{ properties: [] }, "properties"],
    [{ properties: { a: { minLength: -1 } } }, "properties.a.minLength"],
    [{ properties: { a: "string" } }, "properties.a"],
    [{ required: "a" }, "required"],
    [{ items: [{}, 1] }, "items.1"],
    [{ anyOf: {} }, "anyOf"],
    [{ not: 1 }, "not"],
    [{ pattern: "(" }, "pattern"],
    [{ patternProperties: { "(": {} } }, "patternProperties.("],
    [{ multipleOf: 0 }, "multipleOf"],
    [{ $defs: { a: { enum: 1 } } }, "$defs.a.enum"],
    [{ minimum: "1" }, "minimum"],
  ];
  for (const [schema, path] of wrong) {
    const problem = schemaProblem(schema, []);
    assert.equal(problem?.path.join("."), path, JSON.stringify(schema));
  }
});
