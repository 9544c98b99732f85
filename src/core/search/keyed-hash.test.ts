import assert from "node:assert/strict";
import { test } from "node:test";
import { hashText, hashWords } from "./keyed-hash.ts";

const KEY = [0x03020100, 0x07060504] as const;

test("the hash is HalfSipHash-2-4, by the vectors of its reference", () => {
  const octets = Buffer.from(Array.from({ length: 64 }, (_, i) => i));
  const hashes = [0, 1, 2, 3, 4].map((length) => {
    const words = Array.from({ length: length >> 2 }, (_, i) => octets.readInt32LE(4 * i));
    const tail = Buffer.alloc(4);
    octets.copy(tail, 0, length & ~3, length);
    tail[3] = length;
    const result = Buffer.alloc(4);
    result.writeInt32LE(hashWords(KEY, words, tail.readInt32LE()));
    return result.toString("hex");
  });
  assert.deepEqual(hashes, VECTORS);
});

const VECTORS = ["a9359f5b", "27475ab8", "fa62a603", "8afee704", "2a6e4689"];

test("texts that differ in one unit, their length, or a number before them have different hashes", () => {
  const hashes = [
    hashText(KEY, [1, 2], "m-1"),
    hashText(KEY, [1, 2], "m-2"),
    hashText(KEY, [1, 2], "m-10"),
    hashText(KEY, [1, 2], "m-1\0"),
    hashText(KEY, [1, 2], ""),
    hashText(KEY, [1, 3], "m-1"),
    hashText(KEY, [2, 2], "m-1"),
    hashText([KEY[0], 0], [1, 2], "m-1"),
  ];
  assert.equal(new Set(hashes).size, hashes.length);
  assert.ok(hashes.every((hash) => hash === (hash | 0)));
});
