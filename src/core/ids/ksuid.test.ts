import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../../../test/harness/property.ts";
import KSUID from "ksuid";
import { decodeKsuid, encodeKsuid, isKsuid, ksuidAt, ksuidTime } from "./ksuid.ts";

const ZEROS = "0".repeat(27);
const GREATEST = "aWgEPTl1tmebfsQzFP4bxwgy80V";

test("all 20-byte values are written as the reference library writes them, and read back", () => {
  const anyByte = fc.oneof(fc.nat(255), fc.constantFrom(0, 255));
  fc.assert(
    fc.property(fc.array(anyByte, { minLength: 20, maxLength: 20 }), (list) => {
      const bytes = Uint8Array.from(list);
      const text = encodeKsuid(bytes);
      assert.equal(text, new KSUID(Buffer.from(bytes)).string);
      assert.deepEqual(decodeKsuid(text), bytes);
    }),
    { numRuns: 500 },
  );
});

test("a KSUID is 27 base62 characters that fit in 20 bytes", () => {
  assert.ok(isKsuid(ZEROS));
  assert.ok(isKsuid(GREATEST));
  assert.ok(!isKsuid("aWgEPTl1tmebfsQzFP4bxwgy80W"));
  assert.ok(!isKsuid(ZEROS.slice(1)));
  assert.ok(!isKsuid(`${ZEROS.slice(1)}-`));
  assert.ok(!isKsuid(`${ZEROS}\n`));
});

test("times before 2014 and after 2150 return the first and the last KSUID", () => {
  assert.equal(ksuidAt(0, "lowest"), ZEROS);
  assert.ok(isKsuid(ksuidAt(Number.MAX_SAFE_INTEGER, "highest")));
});

test("a KSUID from another source contains its second", () => {
  const ms = Date.UTC(2026, 10, 22, 12);
  const foreign = KSUID.fromParts(ms, Buffer.alloc(16, 0xff)).string;
  assert.equal(Math.floor(ksuidTime(foreign) / 1000), ms / 1000);
  assert.throws(() => ksuidTime("none"), TypeError);
});
