import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  DELIVERY_TRANSITIONS,
  DELIVERY_STATES,
  isLegalTransition,
} from "./contract/delivery-transitions.ts";

const PAGE = readFileSync(new URL("../docs/recovery.md", import.meta.url), "utf8");

/** The rows of the table whose first column has this heading. */
function rowsUnder(heading: string): string[] {
  const lines = PAGE.split("\n");
  const from = lines.findIndex((line) => line.startsWith(`| ${heading} |`)) + 2;
  const end = lines.findIndex((line, index) => index >= from && !line.startsWith("|"));
  return lines.slice(from, end);
}

test("docs/recovery.md has exactly the states and transitions of the table", () => {
  const states = Object.entries(DELIVERY_STATES).map(
    ([state, meaning]) => `| \`${state}\` | ${meaning} |`,
  );
  assert.deepEqual(rowsUnder("state"), states);
  const transitions = DELIVERY_TRANSITIONS.map(
    ({ from, to, when }) => `| ${from === null ? "–" : `\`${from}\``} | \`${to}\` | ${when} |`,
  );
  assert.deepEqual(rowsUnder("from"), transitions);
});

test("no transition is listed twice, and none leaves cancelled", () => {
  const transitions = DELIVERY_TRANSITIONS.map(({ from, to }) => `${from} ${to}`);
  assert.equal(new Set(transitions).size, transitions.length);
  assert.ok(DELIVERY_TRANSITIONS.every(({ from, to }) => from !== "cancelled" && from !== to));
});

test("staying is legal, only a replay leaves delivered and failed, and cancelled is final", () => {
  assert.ok(isLegalTransition("delivered", "delivered"));
  assert.ok(isLegalTransition("delivered", "pending"));
  assert.ok(!isLegalTransition("delivered", "failed"));
  assert.ok(!isLegalTransition("failed", "delivered"));
  assert.ok(!isLegalTransition("cancelled", "pending"));
  assert.ok(!isLegalTransition(null, "delivered"));
});
