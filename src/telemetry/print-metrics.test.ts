import assert from "node:assert/strict";
import { test } from "node:test";
import { countAttempt, createMetrics, type Metrics, watchGauges } from "./metrics.ts";
import { addThreads, printMetrics, readMetrics } from "./print-metrics.ts";

const open = () => createMetrics({ processMetrics: false });
const count = (metrics: Metrics, durationMs: number): void =>
  countAttempt(metrics, { dialect: "svix", result: "ok", durationMs, latencyMs: null });

test("a scrape adds the counts of threads to those of the main thread, and keeps all others", async () => {
  const metrics = createMetrics({ processMetrics: true });
  const threads = [open(), open()];
  addThreads(
    metrics,
    threads.map((thread) => async () => structuredClone(await readMetrics(thread))),
  );
  for (const thread of threads) {
    watchGauges(thread, { name: "hookline_engine", help: "h", read: () => ({ shards: 128 }) });
    count(thread, 200);
  }
  watchGauges(metrics, { name: "hookline_store", help: "h", read: () => ({ pending: 7 }) });
  count(metrics, 20);
  metrics.accepting.events = 3;
  const text = await printMetrics(metrics);
  for (const line of [
    /^hookline_attempts_total\{dialect="svix",result="ok"\} 3$/m,
    /^hookline_attempt_duration_seconds_count\{dialect="svix"\} 3$/m,
    /^hookline_attempt_duration_seconds_bucket\{le="0.025",dialect="svix"\} 1$/m,
    /^hookline_engine\{of="shards"\} 256$/m,
    /^hookline_store\{of="pending"\} 7$/m,
    /^hookline_events_accepted_total 3$/m,
    // The library leaves these two out of every sum.
    /^process_start_time_seconds \d+/m,
    /^nodejs_version_info\{version="v24/m,
  ]) {
    assert.match(text, line);
  }
  const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
  assert.equal(new Set(names).size, names.length, "no family is printed twice");
});

test("without threads a scrape is the registry's own text", async () => {
  const metrics = open();
  count(metrics, 200);
  assert.equal(await printMetrics(metrics), await metrics.registry.metrics());
});
