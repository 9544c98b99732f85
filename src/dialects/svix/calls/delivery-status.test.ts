import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { deliveryOfEndpointOut, deliveryOfMessageOut, toStatuses } from "./delivery-status.ts";

const PAGE = readFileSync(
  new URL("../../../../docs/svix-compatibility.md", import.meta.url),
  "utf8",
);
const DUE = Date.parse("2026-11-24T10:00:00.000Z");

/**
 * Each row of the page: a delivery, its state in the store, and how both lists show it. The store's state of
 * each delivery is a case of the contract suite.
 */
const ROWS = [
  ["due, or waiting behind its ordering key", "pending", DUE],
  ["under way", "sending", null],
  ["failed, with an attempt to come", "retrying", DUE],
  ["waiting for a paused or disabled endpoint", "parked", null],
  ["delivered", "delivered", null],
  ["failed, without another attempt", "failed", null],
  ["cancelled: its endpoint was deleted", "cancelled", null],
] as const;

type Shown = { status: number; statusText: string; nextAttempt: string | null };

function print(shown: object): string {
  const { status, statusText, nextAttempt } = shown as Shown;
  return `\`${statusText}\` (${status})${nextAttempt === null ? "" : " with `nextAttempt`"}`;
}

test("the page lists how each delivery is shown", () => {
  for (const [delivery, status, nextAttemptAt] of ROWS) {
    const state = { status, nextAttemptAt };
    const row = `| ${delivery} | ${print(deliveryOfEndpointOut(state, true))} | ${print(deliveryOfMessageOut(state))} |`;
    assert.ok(PAGE.includes(`${row}\n`), `the page lacks ${row}`);
  }
});

test("a list by status finds each delivery under the number that it shows", () => {
  for (const [, status] of ROWS) {
    const { status: shown } = deliveryOfEndpointOut({ status, nextAttemptAt: null }, true) as Shown;
    for (const number of [0, 1, 2, 3, 4]) {
      assert.equal(toStatuses(number)?.includes(status), number === shown, `${status} ${number}`);
    }
  }
  assert.equal(toStatuses(undefined), undefined);
});

test("clients without expanded statuses get success for a cancelled delivery", () => {
  const cancelled = { status: "cancelled", nextAttemptAt: null } as const;
  assert.equal((deliveryOfEndpointOut(cancelled, false) as Shown).statusText, "success");
});
