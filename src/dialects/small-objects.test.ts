import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../../test/harness/property.ts";
import { parseJson } from "../core/json/json.ts";
import { PIECE_BYTES } from "./scan-in-turns.ts";
import { SMALL_BYTES, SmallObjects } from "./small-objects.ts";

const LIMIT = 1024 * 1024;

function parse(text: string, from = 0, limitBytes = LIMIT) {
  return new SmallObjects(Buffer.from(text), limitBytes).parseAt(from);
}

test("consecutive objects equal those that JSON.parse returns", () => {
  const value = fc.json({ stringUnit: "grapheme" });
  const filler = fc.integer({ min: 0, max: 8_000 });
  const object = fc
    .tuple(value, filler)
    .map(([json, length]) => `{"é\\"}{":${json},"fill":"${"é}".repeat(length / 3)}"}`);
  fc.assert(
    fc.property(fc.array(object, { minLength: 1, maxLength: 40 }), (texts) => {
      fc.pre(!texts.some((text) => /[1-9]\d{15}|e\+?\d{3}/.test(text)));
      const bytes = Buffer.from(texts.join(","));
      const small = new SmallObjects(bytes, LIMIT);
      let at = 0;
      for (const text of texts) {
        const parsed = small.parseAt(at);
        assert.ok(parsed?.text === text);
        assert.deepEqual(parsed.value, parseJson(text));
        assert.equal(parsed.at, at + Buffer.byteLength(text));
        at = parsed.at + 1;
      }
    }),
    { numRuns: 50 },
  );
});

test("an object is found at every position of the window's end", () => {
  const object = `{"a":"${"x".repeat(50)}"}`;
  for (let back = 0; back <= object.length + 1; back += 1) {
    const before = `{"b":"${"y".repeat(PIECE_BYTES - back - 8)}"}`;
    const small = new SmallObjects(Buffer.from(before + object + object), LIMIT);
    assert.equal(small.parseAt(0), null, "not small");
    const first = small.parseAt(before.length);
    assert.equal(first?.text, object);
    assert.equal(small.parseAt(first.at)?.text, object);
  }
});

test("a large object, another value or invalid JSON is left to the scanner", () => {
  const sized = (bytes: number) => `{"a":"${"x".repeat(bytes - 8)}"}`;
  assert.equal(parse(sized(SMALL_BYTES))?.at, SMALL_BYTES);
  assert.equal(parse(sized(SMALL_BYTES + 1)), null);
  assert.equal(parse(sized(101), 0, 100), null);
  assert.equal(parse(sized(2 * PIECE_BYTES)), null);
  for (const text of [
    "[1]",
    '"{}"',
    "1",
    "",
    " {}",
    "{",
    '{"a"',
    '{"a":1',
    '{"a":1]',
    "{]",
    "{a:1}",
  ]) {
    assert.equal(parse(text), null, text);
  }
  assert.equal(parse('{"a":1e999}'), null, "a number that cannot be kept");
  assert.equal(parse(`{"a":${"[".repeat(64)}${"]".repeat(64)}}`), null, "nested too deeply");
  assert.equal(parse("{}", 2), null, "past the end");
});
