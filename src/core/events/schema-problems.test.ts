/** A payload that does not fit a registered schema gets one sentence per field. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Errors } from "typebox/schema";
import { parseJson } from "../json/json.ts";
import { type SchemaError, toSchemaProblems } from "./schema-problems.ts";

function problemsOf(schema: object, text: string) {
  const [, errors] = Errors(schema, JSON.parse(text));
  return toSchemaProblems(errors as readonly SchemaError[], parseJson(text));
}

test("a problem names the field, its value and the demand of the schema", () => {
  const schema = {
    required: ["id", "name"],
    additionalProperties: false,
    properties: {
      id: { type: "string" },
      name: {},
      items: { items: { type: "string", minLength: 3 } },
      note: { anyOf: [{ type: "string" }, { type: "null" }] },
    },
  };
  const text = `{"id":9007199254740993,"items":["abc","a"],"note":4,"more":1}`;
  assert.deepEqual(problemsOf(schema, text), [
    { path: "payload.name", message: "payload.name is missing." },
    {
      path: "payload.more",
      message: "payload.more is the number 1; it is not in the schema.",
    },
    {
      path: "payload.id",
      message: "payload.id is the number 9007199254740993; it must be string.",
    },
    {
      path: "payload.items[1]",
      message: `payload.items[1] is "a"; it must not have fewer than 3 characters.`,
    },
    {
      path: "payload.note",
      message: "payload.note is the number 4; it must be string, or must be null.",
    },
  ]);
});

test("a schema that admits nothing, and names of any length, have sentences too", () => {
  assert.deepEqual(problemsOf({ not: {} }, "{}").length, 1);
  const name = "x".repeat(100_000);
  const [problem] = problemsOf({ additionalProperties: false }, JSON.stringify({ [name]: 1 }));
  assert.deepEqual([problem?.path.length, problem?.message.length], [200, 400]);
});
