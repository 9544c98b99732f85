import assert from "node:assert/strict";
import { test } from "node:test";
import cases from "../../../test/net/cases/custom-headers.json" with { type: "json" };
import { checkCustomHeader, checkCustomHeaders } from "./custom-headers.ts";

for (const { name, value, ok } of cases) {
  test(`${ok ? "accepts" : "refuses"} ${JSON.stringify(name)}: ${JSON.stringify(value)}`, () => {
    assert.equal(checkCustomHeader(name, value) === undefined, ok);
  });
}

test("a value is limited to 4 KiB and a set to 64 headers", () => {
  assert.equal(checkCustomHeader("x-a", "v".repeat(4096)), undefined);
  assert.match(checkCustomHeader("x-a", "v".repeat(4097)) ?? "", /4096/);
  const headers = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`x-${index}`, "v"]));
  assert.equal(checkCustomHeaders(headers(64)), undefined);
  assert.match(checkCustomHeaders(headers(65)) ?? "", /64/);
});

test("a refusal names the header and the reserved names", () => {
  assert.equal(
    checkCustomHeaders({ "x-ok": "v", "X-Svix-Id": "v" }),
    '"X-Svix-Id" cannot be set: x-svix-* headers are reserved',
  );
});

test("one header in two spellings is refused", () => {
  assert.match(checkCustomHeaders({ "X-Key": "a", "x-key": "b" }) ?? "", /twice/);
});

test("a refusal never repeats a value, which may be a secret", () => {
  assert.doesNotMatch(checkCustomHeader("x-a", "s3cret\n") ?? "", /s3cret/);
});
