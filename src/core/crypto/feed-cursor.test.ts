import assert from "node:assert/strict";
import { test } from "node:test";
import { createFeedCursors } from "./feed-cursor.ts";

const KEY = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const APP = "app_3MSfHJZLFn9XU43W43Ay8OtOypN";
const POSITIONS = [0, 1, 2, 1025, 2 ** 32, Number.MAX_SAFE_INTEGER];
/** Made by `openssl enc -aes-256-ecb -nopad`. */
const VECTORS = [
  "6CMVorfTBqH4McxsLfHLzA",
  "IdWWalzGrxysc3Pt5z941g",
  "7jvcCBbncDyUQGdLD6dktw",
  "xkuKTVrRsqD_NBTjoOhaHA",
  "Amj_9VD_8VS6WhYlv3Vtnw",
  "WqMFl54aexvfj881c3INCw",
];

test("a cursor is one block of AES-256 over the application and the position", () => {
  const cursors = createFeedCursors(KEY, APP);
  assert.deepEqual(POSITIONS.map(cursors.write), VECTORS);
  assert.deepEqual(VECTORS.map(cursors.read), POSITIONS);
});

test("a cursor of another application or another key is not valid", () => {
  const other = createFeedCursors(KEY, "app_3MSfHJZLFn9mnfJqHtxw8Aw688o");
  const otherKey = createFeedCursors(KEY.replace("00", "01"), APP);
  for (const cursor of VECTORS) {
    assert.equal(other.read(cursor), null);
    assert.equal(otherKey.read(cursor), null);
  }
});

test("cursors of consecutive positions show neither order nor distance", () => {
  const { write } = createFeedCursors(KEY, APP);
  const cursors = Array.from({ length: 256 }, (_, position) => write(position));
  assert.equal(new Set(cursors).size, 256);
  const rises = cursors.filter((cursor, at) => at > 0 && cursor > (cursors[at - 1] as string));
  assert.ok(rises.length > 96 && rises.length < 160, `${rises.length} of 255 rise`);
});

test("a text of another form is no cursor", () => {
  const { read } = createFeedCursors(KEY, APP);
  for (const text of [
    "",
    "1025",
    `${VECTORS[0]?.slice(0, -1)}B`,
    "msg_3MSfHJZLFn9XU43W43Ay8OtOypN",
    "é".repeat(22),
  ]) {
    assert.equal(read(text), null, text);
  }
});

test("a key of another form is a bug", () => {
  assert.throws(() => createFeedCursors("00", APP), TypeError);
});
