import assert from "node:assert/strict";
import { test } from "node:test";
import { Histogram, Registry } from "prom-client";
import { createHistogram, createLabelledHistogram } from "./histogram.ts";

const BUCKETS = [0.5, 1, 5];
const VALUES = [0.2, 0.5, 0.50001, 1, 4, 5, 5.1, 900, 0];

async function scrape(fill: (registry: Registry) => void): Promise<string> {
  const registry = new Registry();
  fill(registry);
  return await registry.metrics();
}

test("a histogram is scraped as one of prom-client with the same observations", async () => {
  const common = { name: "sizes", help: "Sizes" };
  const theirs = await scrape((registry) => {
    const histogram = new Histogram({ ...common, buckets: BUCKETS, registers: [registry] });
    for (const value of VALUES) histogram.observe(value);
  });
  const ours = await scrape((registry) => {
    const observe = createHistogram(registry, { ...common, buckets: BUCKETS });
    for (const value of VALUES) observe(value);
  });
  assert.match(theirs, /sizes_bucket\{le="1"\} 5/);
  assert.equal(ours, theirs);
});

test("each label has its own sums, as in prom-client", async () => {
  const common = { name: "times", help: "Times" };
  const theirs = await scrape((registry) => {
    const histogram = new Histogram({
      ...common,
      buckets: BUCKETS,
      labelNames: ["of"],
      registers: [registry],
    });
    for (const [at, value] of VALUES.entries()) histogram.observe({ of: `${at % 2}` }, value);
  });
  const ours = await scrape((registry) => {
    const labelled = createLabelledHistogram(registry, {
      ...common,
      buckets: BUCKETS,
      label: "of",
    });
    for (const [at, value] of VALUES.entries()) labelled(`${at % 2}`)(value);
  });
  assert.match(theirs, /times_count\{of="1"\} 4/);
  assert.equal(ours, theirs);
});
