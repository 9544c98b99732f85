/**
 * A histogram that is updated for each attempt. Those of prom-client hash their labels at each observation, which
 * takes 0.3 µs and 150 bytes; here it is three additions. It is registered and scraped like theirs.
 */
import type { Histogram as PromHistogram, Registry } from "prom-client";

/** Returns the function that observes a value under this label; keep it, since it is looked up by name. */
export type LabelledHistogram = (value: string) => Observe;
export type Observe = (value: number) => void;

type Sums = { readonly label: string; sum: number; count: number; readonly counts: Float64Array };

type Given = {
  readonly name: string;
  readonly help: string;
  /** Upper limits, rising. */
  readonly buckets: readonly number[];
};

export function createHistogram(registry: Registry, given: Given): Observe {
  const sums = toSums("", given);
  register(registry, given, { label: null, all: () => [sums] });
  return toObserve(sums, given);
}

export function createLabelledHistogram(
  registry: Registry,
  given: Given & { readonly label: string },
): LabelledHistogram {
  const byValue = new Map<string, { readonly sums: Sums; readonly observe: Observe }>();
  register(registry, given, {
    label: given.label,
    all: () => Array.from(byValue.values(), ({ sums }) => sums),
  });
  return (value) => {
    const known = byValue.get(value);
    if (known !== undefined) return known.observe;
    const sums = toSums(value, given);
    const observe = toObserve(sums, given);
    byValue.set(value, { sums, observe });
    return observe;
  };
}

function toSums(label: string, { buckets }: Given): Sums {
  return { label, sum: 0, count: 0, counts: new Float64Array(buckets.length) };
}

function toObserve(sums: Sums, { buckets }: Given): Observe {
  const { counts } = sums;
  return (value) => {
    sums.sum += value;
    sums.count += 1;
    for (let at = 0; at < buckets.length; at += 1) {
      if (value > (buckets[at] as number)) continue;
      counts[at] = (counts[at] as number) + 1;
      return;
    }
  };
}

/** The registry uses only the name and the values of a metric. */
function register(
  registry: Registry,
  { name, help, buckets }: Given,
  read: { readonly label: string | null; readonly all: () => readonly Sums[] },
): void {
  const toValues = ({ label, sum, count, counts }: Sums) => {
    const labels = read.label === null ? {} : { [read.label]: label };
    let below = 0;
    const limits = Array.from(buckets, (le, at) => {
      below += counts[at] as number;
      return { labels: { le, ...labels }, value: below, metricName: `${name}_bucket` };
    });
    return [
      ...limits,
      { labels: { le: "+Inf", ...labels }, value: count, metricName: `${name}_bucket` },
      { labels, value: sum, metricName: `${name}_sum` },
      { labels, value: count, metricName: `${name}_count` },
    ];
  };
  const metric = {
    name,
    get: () =>
      Promise.resolve({
        name,
        help,
        type: "histogram",
        aggregator: "sum",
        values: read.all().flatMap(toValues),
      }),
  };
  registry.registerMetric(metric as unknown as PromHistogram);
}
