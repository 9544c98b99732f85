import assert from "node:assert/strict";
import { test } from "node:test";
import { attemptFinished, eventsAccepted } from "./events.ts";
import { createLogger } from "./logger.ts";
import { createMetrics, watchGauges } from "./metrics.ts";

function openTelemetry() {
  const metrics = createMetrics({ processMetrics: false });
  const logger = createLogger({
    level: "silent",
    pretty: false,
    target: { write: () => undefined },
  });
  return { metrics, logger };
}

test("attempts are counted by dialect and result, and no label names an endpoint", async () => {
  const telemetry = openTelemetry();
  const common = {
    endpointId: "ep_secret",
    eventId: "msg_1",
    dialect: "zipwhip",
    attempt: 1,
  } as const;
  const responded = { kind: "response", headers: {}, body: "", bodyTruncated: false } as const;
  const ok = { ...responded, status: 204, durationMs: 12 };
  attemptFinished(telemetry, { ...common, outcome: ok, latencyMs: 15 });
  const busy = { ...responded, status: 503, durationMs: 12 };
  attemptFinished(telemetry, { ...common, outcome: busy, latencyMs: null });
  const reset = { kind: "failed", reason: "reset", detail: "", durationMs: 5 } as const;
  attemptFinished(telemetry, { ...common, outcome: reset, latencyMs: null });
  const text = await telemetry.metrics.registry.metrics();
  assert.match(text, /hookline_attempts_total\{dialect="zipwhip",result="ok"\} 1/);
  assert.match(text, /hookline_attempts_total\{dialect="zipwhip",result="5xx"\} 1/);
  assert.match(text, /hookline_attempts_total\{dialect="zipwhip",result="network"\} 1/);
  assert.match(text, /hookline_publish_to_receipt_seconds_count\{dialect="zipwhip"\} 1/);
  assert.doesNotMatch(text, /ep_secret/);
});

test("events are counted once, however often the publisher repeats the request", async () => {
  const telemetry = openTelemetry();
  eventsAccepted(telemetry, { appId: "app_1", count: 3, repeated: false, tookMs: 1 });
  eventsAccepted(telemetry, { appId: "app_1", count: 3, repeated: true, tookMs: 1 });
  assert.match(await telemetry.metrics.registry.metrics(), /hookline_events_accepted_total 3/);
});

test("gauges are read at the scrape, and a failing gauge does not affect the others", async () => {
  const { metrics } = openTelemetry();
  let value = 1;
  watchGauges(metrics, { name: "good", help: "good", read: () => ({ part: value }) });
  watchGauges(metrics, { name: "bad", help: "bad", read: () => Promise.reject(new Error("no")) });
  value = 2;
  const text = await metrics.registry.metrics();
  assert.match(text, /good\{of="part"\} 2/);
  assert.doesNotMatch(text, /bad\{/);
});
