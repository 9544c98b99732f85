/** The text of a scrape: the metrics of the main thread, and the sums of those that sender threads count. */
import { AggregatorRegistry } from "prom-client";
import type { MetricObjectWithValues, MetricValue } from "prom-client";
import type { Metrics } from "./metrics.ts";

export type ThreadMetrics = readonly MetricObjectWithValues<MetricValue<string>>[];

/** Reads the metrics of one thread; never rejects. */
export type ReadThread = () => Promise<ThreadMetrics>;

const threads = new WeakMap<Metrics, readonly ReadThread[]>();

/** Every later scrape has the sums over these threads too. */
export function addThreads(metrics: Metrics, readers: readonly ReadThread[]): void {
  threads.set(metrics, [...(threads.get(metrics) ?? []), ...readers]);
}

export async function readMetrics({ registry }: Metrics): Promise<ThreadMetrics> {
  return await registry.getMetricsAsJSON();
}

export async function printMetrics(metrics: Metrics): Promise<string> {
  const { registry } = metrics;
  const readers = threads.get(metrics) ?? [];
  if (readers.length === 0) return await registry.metrics();
  const counted = await Promise.all(readers.map((read) => read()));
  const shared = new Set(counted.flatMap((one) => one.map(({ name }) => name)));
  const own = await readMetrics(metrics);
  const alone = own.filter(({ name }) => !shared.has(name));
  const texts = await Promise.all(alone.map(({ name }) => registry.getSingleMetricAsString(name)));
  const both = own.filter(({ name }) => shared.has(name));
  const sums = AggregatorRegistry.aggregate([both, ...counted] as never);
  return `${texts.join("\n\n")}\n\n${await sums.metrics()}`;
}
