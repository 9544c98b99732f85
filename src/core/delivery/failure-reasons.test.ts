import assert from "node:assert/strict";
import { test } from "node:test";
import { failedFor, FAILURE_REASONS, needsLastAttempt, toFailureEnd } from "./failure-reasons.ts";

test("a delivery failed for its end, and for the reason of its last attempt", () => {
  const refusing = { statusCode: 503, reason: null };
  assert.ok(failedFor(["exhausted"], "exhausted", null));
  assert.ok(failedFor(["timeout", "5xx"], "exhausted", refusing));
  assert.ok(!failedFor(["timeout", "4xx"], "exhausted", refusing));
  assert.ok(failedFor(["timeout"], "exhausted", { statusCode: 0, reason: "timeout" }));
  assert.ok(!failedFor(["timeout"], "backlog_full", null));
});

test("a refused connection and a final status are different reasons", () => {
  assert.equal(toFailureEnd("refused"), "final");
  assert.ok(!failedFor(["refused"], toFailureEnd("refused"), { statusCode: 410, reason: null }));
  assert.ok(failedFor(["refused"], "exhausted", { statusCode: 0, reason: "refused" }));
});

test("only reasons of attempts need the last attempt, and no word has two meanings", () => {
  assert.ok(!needsLastAttempt(["exhausted", "expired"]));
  assert.ok(needsLastAttempt(["exhausted", "5xx"]));
  assert.equal(new Set(FAILURE_REASONS).size, FAILURE_REASONS.length);
});
