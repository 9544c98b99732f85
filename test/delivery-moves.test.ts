import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { DELIVERY_MOVES, DELIVERY_STATES, isLegalMove } from "./contract/delivery-moves.ts";

const PAGE = readFileSync(new URL("../docs/recovery.md", import.meta.url), "utf8");

/** The rows of the table whose first column is headed so. */
function rowsUnder(heading: string): string[] {
  const lines = PAGE.split("\n");
  const from = lines.findIndex((line) => line.startsWith(`| ${heading} |`)) + 2;
  const end = lines.findIndex((line, index) => index >= from && !line.startsWith("|"));
  return lines.slice(from, end);
}

test("docs/recovery.md shows exactly the states and the moves there are", () => {
  const states = Object.entries(DELIVERY_STATES).map(
    ([state, meaning]) => `| \`${state}\` | ${meaning} |`,
  );
  assert.deepEqual(rowsUnder("state"), states);
  const moves = DELIVERY_MOVES.map(
    ({ from, to, when }) => `| ${from === null ? "–" : `\`${from}\``} | \`${to}\` | ${when} |`,
  );
  assert.deepEqual(rowsUnder("from"), moves);
});

test("no move is there twice, and nothing leaves cancelled", () => {
  const moves = DELIVERY_MOVES.map(({ from, to }) => `${from} ${to}`);
  assert.equal(new Set(moves).size, moves.length);
  assert.ok(DELIVERY_MOVES.every(({ from, to }) => from !== "cancelled" && from !== to));
});

test("staying is legal, what is done is not undone but by a replay, and what is gone stays gone", () => {
  assert.ok(isLegalMove("delivered", "delivered"));
  assert.ok(isLegalMove("delivered", "pending"));
  assert.ok(!isLegalMove("delivered", "failed"));
  assert.ok(!isLegalMove("failed", "delivered"));
  assert.ok(!isLegalMove("cancelled", "pending"));
  assert.ok(!isLegalMove(null, "delivered"));
});
