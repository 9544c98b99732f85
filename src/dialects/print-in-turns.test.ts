import assert from "node:assert/strict";
import { test } from "node:test";
import { buffer } from "node:stream/consumers";
import { fc } from "../../test/harness/property.ts";
import { PrintedPieces, printInTurns } from "./print-in-turns.ts";
import { PIECE_BYTES } from "./scan-in-turns.ts";

/** Counts the turns that are awaited. Each slice is over at once. */
function openCounting() {
  const counted = { turns: 0 };
  const turn = {
    isOver: () => true,
    async next() {
      counted.turns += 1;
    },
  };
  return { counted, turns: { begin: () => turn } };
}

async function print(parts: Iterable<string | Promise<string>>) {
  const { counted, turns } = openCounting();
  const printed = await printInTurns("owner", parts, turns);
  if (typeof printed === "string") return { text: printed, turns: counted.turns };
  const { bytes } = printed;
  const whole = await buffer(printed);
  assert.equal(whole.length, bytes);
  return { text: whole.toString("utf8"), bytes, turns: counted.turns };
}

test("a small answer is one text, and waits for no turn", async () => {
  const parts = ["[", Promise.resolve("1"), "]"];
  assert.deepEqual(await print(parts), { text: "[1]", turns: 0 });
});

test("a large answer waits for its first turn, and for one after each piece", async () => {
  const payload = "x".repeat(1024 * 1024);
  const { text, bytes, turns } = await print(Array.from({ length: 8 }, () => payload));
  assert.equal(bytes, 8 * payload.length);
  assert.ok(text === payload.repeat(8));
  assert.ok(turns > 8 * 4, `${turns} turns`);
});

test("parts are requested one by one, and each wait comes before the next part", async () => {
  const { counted, turns } = openCounting();
  const asked: number[] = [];
  function* parts() {
    for (let part = 0; part < 5; part += 1) {
      asked.push(counted.turns);
      yield "x".repeat(PIECE_BYTES);
    }
  }
  assert.ok((await printInTurns("owner", parts(), turns)) instanceof PrintedPieces);
  assert.deepEqual(asked, [0, 2, 3, 4, 5]);
});

test("the bytes equal those of the joined text, wherever a piece ends", async () => {
  const unit = fc.constantFrom("a", "é", "€", "😀", "\ud83d", "\ude00");
  const part = fc
    .tuple(fc.string({ unit, maxLength: 20 }), fc.integer({ min: 1, max: 20_000 }))
    .map(([text, times]) => text.repeat(times));
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 4 }), async (parts) => {
      const { text } = await print(parts);
      // Half a surrogate pair is U+FFFD in UTF-8. This avoids `equal`, which would print megabytes.
      assert.ok(text.toWellFormed() === parts.join("").toWellFormed());
    }),
    { numRuns: 60 },
  );
});

test("a slice of the stream is never larger than a piece of the socket", async () => {
  const { turns } = openCounting();
  const printed = await printInTurns("owner", ["é".repeat(500_000)], turns);
  assert.ok(printed instanceof PrintedPieces);
  for await (const slice of printed) assert.ok((slice as Buffer).length <= PIECE_BYTES);
});

test("a part that fails fails the answer", async () => {
  const failing = ["x".repeat(100_000), Promise.reject(new Error("gone"))];
  await assert.rejects(print(failing), /gone/);
});
