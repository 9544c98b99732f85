/** Checks of payloads against registered schemas are few at once, and few in a minute. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createMinuteCounts } from "../minute-counts.ts";
import { checkPayload } from "./check-payload.ts";

const GIVEN = {
  appId: "app_a",
  schemas: '{"1":{"type":"object"}}',
  payloadText: "{}",
  contentType: "application/json",
} as const;

function newContext(most: number) {
  const clock = { now: 0 };
  return { clock, schemaChecks: createMinuteCounts({ now: () => clock.now, most }) };
}

test("beyond its number of a minute an application gets no check, and others do", async () => {
  const context = newContext(1);
  const check = async (appId = "app_a") => (await checkPayload(context, { ...GIVEN, appId })).state;
  assert.deepEqual([await check(), await check()], ["fits", "not_checked"]);
  assert.equal(await check("app_b"), "fits");
  context.clock.now = 60_000;
  assert.equal(await check(), "fits");
});

test("with four checks under way a further one is not made", async () => {
  const context = newContext(100);
  const checked = await Promise.all(Array.from({ length: 5 }, () => checkPayload(context, GIVEN)));
  const states = checked.map(({ state }) => state);
  assert.deepEqual(states, ["fits", "fits", "fits", "fits", "not_checked"]);
});

test("a schema that leads to itself, and a text that is not JSON, are not checked", async () => {
  const context = newContext(100);
  const endless = { ...GIVEN, schemas: '{"1":{"$ref":"#"}}' };
  assert.equal((await checkPayload(context, endless)).state, "not_checked");
  const text = { ...GIVEN, contentType: "text/plain" };
  assert.equal((await checkPayload(context, text)).state, "not_json");
  assert.equal((await checkPayload(context, { ...GIVEN, schemas: null })).state, "no_schema");
});
