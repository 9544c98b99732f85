import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../../../../test/harness/property.ts";
import { AppError } from "../../../core/error.ts";
import { parseJson } from "../../../core/json/json.ts";
import type { Turn } from "../../../operations/turns.ts";
import { PIECE_BYTES } from "../../scan-in-turns.ts";
import { SMALL_BYTES } from "../../small-objects.ts";
import { JsonScan } from "../../../core/json/json-scan.ts";
import { MOST_EVENTS, readArray, readLines, type BatchEvent } from "./read-batch.ts";

const LIMIT = 1024 * 1024;

/** Counts the reads of the clock, and yields at each. */
function countingTurn() {
  const counted = { yields: 0 };
  const turn = {
    isOver: () => true,
    async next() {
      counted.yields += 1;
    },
  };
  return { counted, turn };
}

async function read(
  text: string,
  p: { readonly isLines?: boolean; readonly turn?: Turn } = {},
): Promise<{ readonly events: BatchEvent[]; readonly texts: string[] }> {
  const bytes = Buffer.from(text);
  const events: BatchEvent[] = [];
  const given = { bytes, eventBytes: LIMIT };
  const { turn = countingTurn().turn } = p;
  await (p.isLines === true ? readLines : readArray)(given, turn, async (event, index) => {
    assert.equal(index, events.length);
    events.push(event);
  });
  const texts = events.map((event) =>
    event instanceof JsonScan ? bytes.toString("utf8", event.start, event.at) : event.text,
  );
  return { events, texts };
}

async function elements(text: string, isLines = false): Promise<string[]> {
  return (await read(text, { isLines })).texts;
}

const LARGE: Readonly<Record<string, string>> = {
  "one 64-bit integer among many": `[{"n":9007199254740993,"a":[${"0,".repeat(400_000)}0]}]`,
  "many empty lists": `[[${"[],".repeat(300_000)}[]]]`,
  "many names": `[{${Array.from({ length: 80_000 }, (_, n) => `"k${n}":0`).join(",")}}]`,
  "a long string": `["${"x".repeat(1_000_000)}"]`,
  "nothing but blanks": `[${" ".repeat(2_000_000)}{}${"\n".repeat(2_000_000)}]`,
  "500 events of lists": `[${Array.from({ length: 500 }, () => `{"a":[${"[],".repeat(5000)}0]}`).join()}]`,
  "1,000 events": `[${Array.from({ length: 1000 }, () => `{"a":"${"x".repeat(2000)}"}`).join()}]`,
};

for (const [what, text] of Object.entries(LARGE)) {
  test(`a batch with ${what} yields after every piece`, async () => {
    const { counted, turn } = countingTurn();
    await read(text, { turn });
    const pieces = Math.floor(text.length / PIECE_BYTES) - 1;
    assert.ok(counted.yields >= pieces, `${counted.yields} yields for ${text.length} bytes`);
  });
}

test("two million empty lines are skipped, yielding after every piece", async () => {
  const { counted, turn } = countingTurn();
  const text = `${"\n".repeat(2_000_000)}{"a":1}${"\r\n".repeat(1_000_000)}`;
  const { texts } = await read(text, { isLines: true, turn });
  assert.deepEqual(texts, ['{"a":1}']);
  assert.ok(counted.yields >= Math.floor(4_000_000 / PIECE_BYTES) - 1, String(counted.yields));
});

test("the events of an array are those that JSON.parse returns", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.json(), { minLength: 1, maxLength: 5 }), async (texts) => {
      fc.pre(!texts.some((text) => /[1-9]\d{15}/.test(text)));
      const found = await elements(` [ ${texts.join(" ,\n")} ] `);
      assert.deepEqual(found, texts);
      assert.deepEqual(await elements(`\n${texts.join("\n\r\n")}\n \n`, true), texts);
    }),
    { numRuns: 200 },
  );
});

test("an array is refused exactly where JSON.parse refuses it", async () => {
  const texts = [
    "[1 2]",
    "[1,]",
    "[,1]",
    "[1",
    "[",
    "[1]]",
    "[1],",
    "[{}",
    "[1,,2]",
    "",
    "[1]x",
    "{",
  ];
  for (const text of [...texts, "[nul]", '["a]', "[1}", '[{"a":1]', "[01]", "[1e999]"]) {
    assert.throws(() => parseJson(text), AppError, text);
    await assert.rejects(elements(text), { code: "invalid_json" }, text);
  }
  for (const text of ["{}", "1", '"a"', "null"]) {
    await assert.rejects(elements(text), { code: "invalid_field", message: /list of messages/ });
  }
});

test("a batch of 1,000 events is accepted, while 0 and 1,001 events are refused", async () => {
  const many = (count: number) => Array.from({ length: count }, () => "{}");
  assert.equal((await elements(`[${many(MOST_EVENTS).join()}]`)).length, MOST_EVENTS);
  const refused = { code: "invalid_field", message: /must have 1 to 1000 events/ };
  for (const list of [many(0), many(MOST_EVENTS + 1)]) {
    await assert.rejects(elements(`[ ${list.join()} ]`), refused);
    await assert.rejects(elements(list.join("\n"), true), refused);
  }
});

test("an event that is too large is refused before it is read completely", async () => {
  const text = `[{},{"a":"${"x".repeat(2 * LIMIT)}"}]`;
  await assert.rejects(elements(text), {
    code: "body_too_large",
    message: /^Event 1 is too large\. .* Limit: event_bytes\./,
  });
});

test("a small event is parsed with exact numbers; a large one, or a value that is not an object, is scanned", async () => {
  const large = `{"id":9007199254740993,"text":"${"x".repeat(SMALL_BYTES)}"}`;
  const { events } = await read(`[{"id":9007199254740993},${large},[1]]`);
  const [small, ...scanned] = events;
  assert.ok(small !== undefined && !(small instanceof JsonScan));
  assert.deepEqual(small.value, { id: 9007199254740993n });
  assert.deepEqual(
    scanned.map((event) => event instanceof JsonScan),
    [true, true],
  );
});

test("an event that spans lines is no line", async () => {
  const refused = { code: "invalid_json", message: /^Event 1: / };
  await assert.rejects(elements('{}\n{"a":\n1}', true), refused);
  await assert.rejects(elements('{}\n{"a":1} {"b":2}\n', true), refused);
  assert.deepEqual(await elements('{"a":1} \r\n{"b":2}\t', true), ['{"a":1}', '{"b":2}']);
});

test("each event is given out before the rest of the batch is read", async () => {
  const bytes = Buffer.from('[{"a":1},{"b":2},{"c":]');
  const seen: number[] = [];
  const { turn } = countingTurn();
  const reading = readArray({ bytes, eventBytes: LIMIT }, turn, async (_event, index) => {
    seen.push(index);
  });
  await assert.rejects(reading, { code: "invalid_json", message: /byte 23/ });
  assert.deepEqual(seen, [0, 1]);
});
