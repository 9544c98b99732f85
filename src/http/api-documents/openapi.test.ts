import assert from "node:assert/strict";
import Type from "typebox";
import { test } from "node:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import type { TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { parseJson, stringifyJson } from "../../core/json/json.ts";
import type { JsonValue } from "../../core/json/json-value.ts";
import type { ApiDocument } from "../../dialects/api-document.ts";
import { createDialects } from "../../dialects/list.ts";
import { toOpenApi } from "./openapi.ts";
import type { JsonObject } from "./plain-schema.ts";

const DIALECTS = createDialects({
  zipwhipErrorStatus: "200",
  zipwhipUserAgent: "hookline",
});
const METHODS = ["get", "post", "put", "patch", "delete"];

for (const dialect of DIALECTS) {
  const document = toOpenApi(dialect, "1.2.3");
  const text = stringifyJson(document);

  test(`an independent validator accepts the OpenAPI document of ${dialect.name}`, async () => {
    const { valid, errors } = await new Validator().validate(JSON.parse(text));
    assert.equal(valid, true, JSON.stringify(errors));
  });

  test(`the OpenAPI document of ${dialect.name} describes the handling of a password in a URL`, () => {
    const { description } = document["info"] as { readonly description: string };
    assert.match(description, /user:password@host.*Authorization: Basic/s);
  });

  test(`every reference in the OpenAPI document of ${dialect.name} resolves`, () => {
    for (const ref of namesIn(document, "$ref")) {
      const found = ref
        .replace(/^#\//, "")
        .split("/")
        .reduce<JsonValue | undefined>(
          (value, step) => (value as JsonObject | undefined)?.[step],
          document,
        );
      assert.notEqual(found, undefined, ref);
    }
  });

  test(`every operation of ${dialect.name} has a unique id and its path's parameters`, () => {
    const operations = Object.entries(document["paths"] as JsonObject).flatMap(([path, item]) =>
      Object.entries(item as JsonObject).map(([method, operation]) => {
        assert.ok(METHODS.includes(method), method);
        return { path, operation: operation as JsonObject };
      }),
    );
    const ids = operations.map(({ operation }) => operation["operationId"]);
    assert.equal(new Set(ids).size, ids.length);
    assert.equal(
      ids.length,
      dialect.document.calls.flatMap(({ methods }) => methods).length,
      "an operation is missing",
    );
    for (const { path, operation } of operations) {
      const parameters = (operation["parameters"] ?? []) as readonly JsonObject[];
      const named = parameters.flatMap(({ name, in: place }) =>
        place === "path" && typeof name === "string" ? [name] : [],
      );
      assert.deepEqual(named.toSorted(), pathNames(path).toSorted(), path);
    }
  });

  test(`every example in the OpenAPI document of ${dialect.name} matches its schema`, () => {
    const { calls, webhooks, refusal } = dialect.document;
    for (const { id, answers, body, example, params, query, headers, fields } of calls) {
      for (const [status, answer] of Object.entries(answers)) {
        if (answer.schema === null || answer.example === undefined) continue;
        assertFits(answer.schema, answer.example, `${id} ${status}`);
      }
      if (body !== undefined && example?.body !== undefined)
        assertFits(body.schema, example.body, id);
      if (params !== undefined) assertFits(params, example?.params ?? {}, id);
      for (const [schema, values] of [
        [query, example?.query],
        [headers, example?.headers],
        [fields, example?.fields],
      ] as const) {
        if (schema !== undefined && values !== undefined) assertFits(schema, values, id);
      }
    }
    for (const { name, body, example } of webhooks) assertFits(body, parseJson(example), name);
    for (const one of [refusal, ...Object.values(refusal.byStatus ?? {})]) {
      assertFits(one.schema, one.example, "refusal");
    }
  });
}

test("a document keeps every digit of a 64-bit id, in schemas and in examples", () => {
  const [native] = DIALECTS;
  assert.ok(native);
  const id = 9_007_199_254_740_993n;
  const body = Type.Object({ id: Type.BigInt() });
  const answer = { description: "It.", schema: body, example: { id } };
  const document: ApiDocument = {
    ...native.document,
    calls: [
      {
        id: "get",
        tag: "A",
        summary: "A",
        methods: ["GET"],
        path: "/a",
        security: [],
        answers: { 200: answer },
      },
    ],
    webhooks: [{ name: "a", summary: "A", methods: ["POST"], body, example: `{"id":${id}}` }],
  };
  const text = stringifyJson(toOpenApi({ ...native, document }, "1.2.3"));
  assert.equal(text.split(`{"id":${id}}`).length, 3);
  assert.equal(text.split('"properties":{"id":{"type":"integer","format":"int64"}}').length, 3);
});

/** Parses the document like a reader that does not know exact numbers. */
function assertFits(schema: TSchema, value: unknown, what: string): void {
  const plain: unknown = JSON.parse(stringifyJson(value));
  const check = Compile(schema) as {
    Check(value: unknown): boolean;
    Errors(value: unknown): unknown;
  };
  if (!check.Check(plain)) assert.fail(`${what}: ${JSON.stringify(check.Errors(plain))}`);
}

function pathNames(path: string): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? "");
}

/** Returns the values of every member of that name, at any depth. */
function namesIn(value: JsonValue | undefined, name: string): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) =>
    key === name && typeof member === "string" ? [member] : namesIn(member, name),
  );
}
