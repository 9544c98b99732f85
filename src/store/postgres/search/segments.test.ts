import assert from "node:assert/strict";
import { test } from "node:test";
import { START } from "../../../../test/contract/store/harness.ts";
import { DAY_MS, rowId } from "../accept/row-ids.ts";
import {
  ENTRY_BYTES,
  PARTS,
  readEvents,
  ROW_BYTES,
  toEntry,
  toPart,
  toPartRows,
  toTail,
  toText,
  withoutEntries,
} from "./segments.ts";

const FIRST = rowId(START, 5);
/** Keys of one part, with all bits set and with none. */
const [ONE, OTHER, THIRD]: [number, number, number] = [-1, PARTS - 1, 0x7fffffff];

test("names are read from the rows that they were written to", () => {
  assert.deepEqual([ONE, OTHER, THIRD].map(toPart), [PARTS - 1, PARTS - 1, PARTS - 1]);
  const rows = toPartRows([
    { key: ONE, eventSeq: FIRST + 2 },
    { key: OTHER, eventSeq: FIRST + 1 },
    { key: ONE, eventSeq: FIRST },
    { key: 0, eventSeq: FIRST + 3 },
  ]);
  assert.deepEqual(
    rows.map(({ part, segment, names }) => [part, segment, names.length]),
    [
      [PARTS - 1, FIRST, 3 * ENTRY_BYTES],
      [0, FIRST, ENTRY_BYTES],
    ],
  );
  const [of = assert.fail(), ofZero = assert.fail()] = rows;
  assert.deepEqual(readEvents(of, ONE), [FIRST, FIRST + 2]);
  assert.deepEqual(readEvents(of, OTHER), [FIRST + 1]);
  assert.deepEqual(readEvents(of, THIRD), []);
  assert.deepEqual(readEvents(ofZero, 0), [FIRST + 3]);
  assert.ok(of.names.includes(toTail(OTHER)));
  assert.ok(!of.names.includes(toTail(THIRD)));
});

test("the first and the last number of a day fit", () => {
  const day = rowId(Math.floor(START / DAY_MS) * DAY_MS, 0);
  for (const eventSeq of [day, day + 1440 * 2 ** 27 - 1]) {
    const [row = assert.fail()] = toPartRows([{ key: THIRD, eventSeq }]);
    assert.equal(row.segment, eventSeq);
    assert.deepEqual(readEvents(row, THIRD), [eventSeq]);
  }
});

test("a name in every event makes many rows, and names of one event stay together", () => {
  const perRow = ROW_BYTES / ENTRY_BYTES;
  const seen = Array.from({ length: 2 * perRow + 1 }, (_, i) => ({
    key: ONE,
    eventSeq: FIRST + i,
  }));
  seen.push({ key: OTHER, eventSeq: FIRST + perRow - 1 });
  const rows = toPartRows(seen);
  assert.deepEqual(
    rows.map(({ segment, names }) => [segment - FIRST, names.length / ENTRY_BYTES]),
    [
      [0, perRow + 1],
      [perRow, perRow],
      [2 * perRow, 1],
    ],
  );
  assert.deepEqual(
    rows.flatMap((row) => readEvents(row, ONE)),
    Array.from({ length: 2 * perRow + 1 }, (_, i) => FIRST + i),
  );
});

test("only the given names are removed", () => {
  const [row = assert.fail()] = toPartRows(
    [ONE, OTHER].flatMap((key) => [0, 1].map((i) => ({ key, eventSeq: FIRST + i }))),
  );
  const removed = new Set([toText(toEntry({ key: ONE, eventSeq: FIRST + 1 }))]);
  const names = withoutEntries(row.names, removed);
  assert.deepEqual(readEvents({ ...row, names }, ONE), [FIRST]);
  assert.deepEqual(readEvents({ ...row, names }, OTHER), [FIRST, FIRST + 1]);
});
