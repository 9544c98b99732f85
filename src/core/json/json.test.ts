import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../../../test/harness/property.ts";
import { AppError } from "../error.ts";

import { JSON_DEPTH_LIMIT } from "./json-number.ts";
import { parseJson, stringifyJson } from "./json.ts";

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

test("a 64-bit id is read and printed digit for digit", () => {
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

test("every 64-bit integer is unchanged after reading and printing", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }), (integer) => {
      assert.equal(stringifyJson(parseJson(`[${integer}]`)), `[${integer}]`);
    }),
  );
});

test("an integer over 64 bits is refused and named", () => {
  assert.match(
    refusal('{"id":18446744073709551616}'),
    /18446744073709551616 does not fit in 64 bits/,
  );
  assert.match(refusal("-9223372036854775809"), /64 bits/);
});

test("a number beyond every double is refused, never changed to null", () => {
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

test("__proto__ is an ordinary name, on the fast path and on the slow path", () => {
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

test("nesting up to the limit is accepted, one more level is refused, and a million levels do no harm", () => {
  const nested = (levels: number, inner: string) => "[".repeat(levels) + inner + "]".repeat(levels);
  parseJson(nested(JSON_DEPTH_LIMIT, "1"));
  assert.match(refusal(nested(JSON_DEPTH_LIMIT + 1, "")), /deeper than 64/);
  assert.match(refusal(nested(1_000_000, "12345678901234567890")), /deeper than 64/);
});

test("a refusal names the position and never quotes the text", () => {
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

test("parsing agrees with JSON.parse on every value that a double can represent", () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 5 }), (text) => {
      fc.pre(!/[1-9]\d{15}/.test(text));
      const expected = JSON.parse(text) as unknown;
      assert.deepEqual(parseJson(text), expected);
      assert.equal(stringifyJson(expected), JSON.stringify(expected));
    }),
  );
});

test("printing does not change its input, and keeps dates and holes as JSON does", () => {
  const inner = { id: 1n };
  const value = { inner, at: new Date(0), none: undefined, list: [undefined, 2n] };
  assert.equal(
    stringifyJson(value),
    '{"inner":{"id":1},"at":"1970-01-01T00:00:00.000Z","list":[null,2]}',
  );
  assert.equal(value.inner, inner);
  assert.equal(inner.id, 1n);
});

/** The previous way to read numbers: parses the whole text again, with a reviver that sees every source. */
function readWithReviver(text: string): unknown {
  const parse = JSON.parse as (
    text: string,
    reviver: (name: string, value: unknown, context: { source?: string }) => unknown,
  ) => unknown;
  return parse(text, (_name, value, { source }) => {
    if (typeof value !== "number" || source === undefined) return value;
    return Number.isSafeInteger(value) || !/^-?\d+$/.test(source) ? value : BigInt(source);
  });
}

test("a text with a 64-bit integer reads as with a reviver, regardless of its other content", () => {
  const integer = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n });
  const fraction = fc.double({ noNaN: true, noDefaultInfinity: true }).map((one) => `${one / 7}`);
  const number = fc.oneof(
    integer.map(String),
    fraction.filter((one) => /[.e]/.test(one)),
  );
  const blank = fc.constantFrom("", " ", "\n\t", "  \r\n");
  // Names without backslashes: after {"a":1,"\\\\":1}, V8 13.6 reads the name "\\n" as that backslash.
  const plain = fc.string({ unit: "binary" }).map((text) => text.replaceAll("\\", "/"));
  const name = fc.oneof(plain, fc.constantFrom("__proto__", "a", "1"));
  const { value } = fc.letrec<{ value: string }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      number,
      fc.string({ unit: "binary" }).map((text) => JSON.stringify(text)),
      fc.constantFrom("true", "false", "null", "-0", "1e3", "-2.50E+2", '"\\u0041\\/"', '"\\\\"'),
      fc
        .array(fc.tuple(blank, tie("value"), blank), { maxLength: 4 })
        .map((items) => `[${items.map((item) => item.join("")).join(",") || " "}]`),
      fc
        .array(fc.tuple(blank, name, blank, blank, tie("value"), blank), { maxLength: 4 })
        .map((members) =>
          members.map(
            ([a, key, b, c, inner, d]) => `${a}${JSON.stringify(key)}${b}:${c}${inner}${d}`,
          ),
        )
        .map((members) => `{${members.join(",") || " "}}`),
    ),
  }));
  fc.assert(
    fc.property(value, integer, (text, large) => {
      const whole = `[${text}, ${large}, 9007199254740993, ${text}]`;
      assert.deepEqual(parseJson(whole), readWithReviver(whole));
    }),
    { numRuns: 300 },
  );
});

test("one 64-bit integer in a large body takes a fraction of a reviver's time", () => {
  const text = `[${"0,".repeat(131_072)}9007199254740993]`;
  let revived = Infinity;
  let exact = Infinity;
  // In turn, and the fastest runs: other work of the machine makes only single runs slower.
  for (let run = 0; run < 8; run++) {
    revived = Math.min(
      revived,
      measureCpuMs(() => readWithReviver(text)),
    );
    exact = Math.min(
      exact,
      measureCpuMs(() => parseJson(text)),
    );
  }
  assert.ok(exact < revived / 3, `${exact} ms of CPU beside ${revived}`);
});

function measureCpuMs(work: () => unknown): number {
  const { user: before } = process.threadCpuUsage();
  work();
  return (process.threadCpuUsage().user - before) / 1000;
}

test("half a surrogate pair is printed as U+FFFD, and nothing else changes", () => {
  const printed = stringifyJson({ "n\udc00": ["See you \ud83d", 2n ** 60n], ok: "😀" });
  assert.equal(printed, `{"n\uFFFD":["See you \uFFFD",${2n ** 60n}],"ok":"😀"}`);
  // A backslash before "ud83d" is text, not an escape.
  const text = String.raw`C:\ud83d`;
  assert.equal(JSON.parse(stringifyJson(text)), text);
  assert.equal(stringifyJson(`${text}\ud83d`), `${JSON.stringify(text).slice(0, -1)}\uFFFD"`);
});
