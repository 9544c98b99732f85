import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../../test/harness/property.ts";
import { AppError } from "./error.ts";
import { JSON_DEPTH_LIMIT, parseJson, stringifyJson } from "./json.ts";

function refusal(text: string): string {
  try {
    parseJson(text);
  } catch (error) {
    assert.ok(error instanceof AppError);
    assert.equal(error.code, "invalid_json");
    assert.equal(error.cause, undefined);
    return error.message;
  }
  return assert.fail(`accepted ${text}`);
}

test("a 64-bit id survives both ways, digit for digit", () => {
  for (const id of ["1327295480212647937", "-9223372036854775808", "18446744073709551615"]) {
    const text = `{"id":${id},"list":[1,${id}]}`;
    assert.deepEqual(parseJson(text), { id: BigInt(id), list: [1, BigInt(id)] });
    assert.equal(stringifyJson(parseJson(text)), text);
  }
});

test("integers up to 2^53 - 1 stay numbers, the next one is a bigint", () => {
  assert.equal(parseJson("9007199254740991"), 9007199254740991);
  assert.equal(parseJson("9007199254740992"), 9007199254740992n);
  assert.equal(parseJson("-9007199254740991"), -9007199254740991);
  assert.equal(parseJson("-9007199254740993"), -9007199254740993n);
});

test("every 64-bit integer goes through unchanged", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }), (integer) => {
      assert.equal(stringifyJson(parseJson(`[${integer}]`)), `[${integer}]`);
    }),
  );
});

test("an integer beyond 64 bits is refused and named", () => {
  assert.match(
    refusal('{"id":18446744073709551616}'),
    /18446744073709551616 does not fit in 64 bits/,
  );
  assert.match(refusal("-9223372036854775809"), /64 bits/);
});

test("a number beyond every double is refused, never made null", () => {
  for (const number of ["1e400", "-1E+999 ", "9".repeat(400) + ".5", "1e0000400"]) {
    assert.match(refusal(`[${number}]`), /too large|64 bits/);
  }
  assert.match(refusal("1e999"), /too large/);
  assert.match(refusal('{"a":1e400\n}'), /too large/);
});

test("decimals and exponents are doubles, and digits in strings are text", () => {
  const text = '{"a":0.12345678901234567890,"b":1e20,"c":"12345678901234567890","d":1e-400}';
  assert.deepEqual(parseJson(text), JSON.parse(text));
});

test("__proto__ is a name like any other, on the fast way and on the slow one", () => {
  for (const extra of ["1", "12345678901234567890"]) {
    const value = parseJson(`{"__proto__":{"polluted":true,"n":${extra}}}`) as object;
    assert.deepEqual(Object.keys(value), ["__proto__"]);
    assert.equal(Object.getPrototypeOf(value), Object.prototype);
    assert.equal((value as { polluted?: boolean }).polluted, undefined);
    assert.equal(stringifyJson(value), `{"__proto__":{"polluted":true,"n":${extra}}}`);
  }
});

test("the last of equal names wins", () => {
  assert.deepEqual(parseJson('{"a":12345678901234567890,"a":12345678901234567891}'), {
    a: 12345678901234567891n,
  });
});

test("nesting to the limit is taken, one level more is refused, and a million do no harm", () => {
  const nested = (levels: number, inner: string) => "[".repeat(levels) + inner + "]".repeat(levels);
  parseJson(nested(JSON_DEPTH_LIMIT, "1"));
  assert.match(refusal(nested(JSON_DEPTH_LIMIT + 1, "")), /deeper than 64/);
  assert.match(refusal(nested(1_000_000, "12345678901234567890")), /deeper than 64/);
});

test("a refusal says where, and never quotes the text", () => {
  for (const text of [
    '{"text":"meet me at noon"',
    '{"text":"meet me at noon",}',
    '{"text":meet me at noon}',
    "meet me at noon",
    '{"text":"meet\nme at noon"}',
    '"meet \\x"',
    "",
    `{"text":"${"meet me at noon ".repeat(20)}" oops "more"}`,
  ]) {
    assert.doesNotMatch(refusal(text), /meet|noon|oops/);
  }
});

test("parsing agrees with JSON.parse on everything a double can hold", () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 5 }), (text) => {
      fc.pre(!/[1-9]\d{15}/.test(text));
      const expected = JSON.parse(text) as unknown;
      assert.deepEqual(parseJson(text), expected);
      assert.equal(stringifyJson(expected), JSON.stringify(expected));
    }),
  );
});

test("printing changes nothing of what it is given, and keeps dates and holes as JSON does", () => {
  const inner = { id: 1n };
  const value = { inner, at: new Date(0), none: undefined, list: [undefined, 2n] };
  assert.equal(
    stringifyJson(value),
    '{"inner":{"id":1},"at":"1970-01-01T00:00:00.000Z","list":[null,2]}',
  );
  assert.equal(value.inner, inner);
  assert.equal(inner.id, 1n);
});
