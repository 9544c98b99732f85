import assert from "node:assert/strict";
import { test } from "node:test";
import { isNameAllowed, parseEgressAllow } from "./egress-allow.ts";

for (const text of [
  "127.0.0.1/8",
  "10.0.0",
  "127.1",
  "10.0.0.0/33",
  "10.0.0.0/",
  "::1/129",
  "::1%lo",
  "::ffff:127.0.0.1",
  "[::1",
  "10.0.0.1:0",
  "10.0.0.1:65536",
  "localhost:99999",
  "*",
  "*.",
  "a.*.b",
  "https://example.com",
  "user@host",
]) {
  test(`the entry in "${text}" is refused and named`, () => {
    const result = parseEgressAllow(`localhost, ${text}`);
    assert.equal(result.ok, false);
    assert.match(result.ok ? "" : result.problem, new RegExp(`^"${RegExp.escape(text)}": `));
  });
}

test("an empty text allows nothing, and empty entries are skipped", () => {
  assert.deepEqual(parseEgressAllow(""), { ok: true, rules: [] });
  const result = parseEgressAllow(" , localhost ,, ");
  assert.equal(result.ok && result.rules.length, 1);
});

test("a name is allowed in any case, and a wildcard covers only the names below it", () => {
  const result = parseEgressAllow("LocalHost.:9000,*.svc.cluster.local");
  assert.ok(result.ok);
  assert.equal(isNameAllowed(result.rules, "localhost", 9000), true);
  assert.equal(isNameAllowed(result.rules, "localhost", 9001), false);
  assert.equal(isNameAllowed(result.rules, "a.b.svc.cluster.local", 443), true);
  assert.equal(isNameAllowed(result.rules, "svc.cluster.local", 443), false);
  assert.equal(isNameAllowed(result.rules, "asvc.cluster.local", 443), false);
});
