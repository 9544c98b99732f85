import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonValue } from "../json/json-value.ts";
import { OPENAPI_LIMITS, readOpenApi } from "./openapi-webhooks.ts";

const read = (spec: JsonValue) => readOpenApi(spec, (name) => /^[\w.]+$/.test(name));

function typesOf(spec: JsonValue) {
  const result = read(spec);
  assert.ok(result.ok, JSON.stringify(result));
  return result.types.map((type) => {
    return {
      ...type,
      schemas: type.schemas === null ? null : (JSON.parse(type.schemas) as unknown),
    };
  });
}

function problemOf(spec: JsonValue): string {
  const result = read(spec);
  assert.ok(!result.ok);
  return `${result.problem.path.join("/")}: ${result.problem.message}`;
}

const json = (schema: JsonValue) => ({ content: { "application/json": { schema } } });
const one = (operation: JsonValue, more: Record<string, JsonValue> = {}) => ({
  webhooks: { "a.b": { post: operation } },
  ...more,
});

describe("webhooks of an OpenAPI document", () => {
  test("become event types under their keys, also under x-webhooks", () => {
    const webhooks = {
      "pet.new": {
        post: { summary: "New", description: "A pet.", deprecated: true, requestBody: json(true) },
      },
      "pet.gone": { summary: "Gone", put: { requestBody: { content: { "text/plain": {} } } } },
      "pet.seen": { get: {} },
    };
    const types = [
      { name: "pet.new", description: "A pet.", deprecated: true, schemas: { 1: true } },
      { name: "pet.gone", description: "Gone", deprecated: false, schemas: null },
      { name: "pet.seen", description: "", deprecated: false, schemas: null },
    ];
    assert.deepEqual(typesOf({ webhooks }), types);
    assert.deepEqual(typesOf({ "x-webhooks": webhooks }), types);
  });

  test("have the components in their schemas, each once, also in a circle", () => {
    const components = {
      requestBodies: { Pet: json({ $ref: "#/components/schemas/Pet" }) },
      schemas: {
        Pet: { properties: { owner: { $ref: "#/components/schemas/Person" } } },
        Person: { properties: { pets: { items: { $ref: "#/components/schemas/Pet" } } } },
        Other: { type: "string" },
      },
    };
    const requestBody = { $ref: "#/components/requestBodies/Pet" };
    const [type] = typesOf(one({ requestBody }, { components }));
    assert.deepEqual(type?.schemas, {
      1: {
        $ref: "#/$defs/Pet",
        $defs: {
          Pet: { properties: { owner: { $ref: "#/$defs/Person" } } },
          Person: { properties: { pets: { items: { $ref: "#/$defs/Pet" } } } },
        },
      },
    });
  });

  test("are refused with the place of the fault", () => {
    assert.match(problemOf([]), /^: must be an OpenAPI document/);
    assert.match(problemOf({ paths: {} }), /under `webhooks` or `x-webhooks`/);
    assert.match(problemOf({ webhooks: { "a b": { post: {} } } }), /^webhooks\/a b: .*name/);
    assert.match(problemOf({ webhooks: { "a.b": {} } }), /must have an operation/);
    const missing = json({ $ref: "#/components/schemas/__proto__" });
    const components = { schemas: { Pet: {} } };
    assert.match(
      problemOf(one({ requestBody: missing }, { components })),
      /"#\/components\/schemas\/__proto__"/,
    );
    const foreign = json({ $ref: "https://example.com/pet.json" });
    assert.match(problemOf(one({ requestBody: foreign })), /must be under #\/components/);
    const wrong = json({ type: "strin" });
    assert.match(
      problemOf(one({ requestBody: wrong })),
      /^webhooks\/a\.b\/post\/requestBody\/type: is not a JSON Schema/,
    );
    assert.match(problemOf(one({ description: "x".repeat(4097) })), /at most 4096 characters/);
  });

  test("are bounded in number, and in the bytes of all their schemas", () => {
    const many = (count: number, operation: JsonValue) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`t.${i}`, { post: operation }]));
    const { webhooks: most } = OPENAPI_LIMITS;
    assert.equal(typesOf({ webhooks: many(most, {}) }).length, most);
    assert.match(problemOf({ webhooks: many(most + 1, {}) }), /at most 500 webhooks; it has 501/);
    const components = { schemas: { Big: { description: "x".repeat(100_000) } } };
    const requestBody = json({ $ref: "#/components/schemas/Big" });
    const webhooks = many(30, { requestBody });
    assert.match(problemOf({ components, webhooks }), /^webhooks\/t\.20: .*2 MiB/);
  });
});
