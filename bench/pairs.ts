/** Interleaved measurements and their statistics: the median of pairwise ratios, and the spread. */

export type Spread = { readonly median: number; readonly least: number; readonly most: number };

export function toSpread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  const median = sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
  return { median, least: sorted[0] ?? Number.NaN, most: sorted.at(-1) ?? Number.NaN };
}

/** The value below which `share` of the values are. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/**
 * Runs the sides in turn, `rounds` times, so that a disturbance of the machine affects all of them. Returns
 * each side's values in the order of the rounds.
 */
export async function interleave<Side extends string>(
  sides: Readonly<Partial<Record<Side, () => Promise<number>>>>,
  rounds: number,
): Promise<Record<Side, number[]>> {
  const names = Object.keys(sides) as Side[];
  const values = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<
    Side,
    number[]
  >;
  for (let round = 0; round < rounds; round++) {
    for (const name of names) values[name].push(await (sides[name] as () => Promise<number>)());
  }
  return values;
}

/** Each value divided by the other side's value of the same round. */
export function toRatio(values: readonly number[], partners: readonly number[]): Spread {
  return toSpread(values.map((value, i) => value / (partners[i] ?? Number.NaN)));
}

const INTERVAL = 0.95;

/**
 * The interval that holds the median with at least 95 % confidence, by order statistics: it assumes nothing
 * about the distribution. With fewer than six values it is their whole range.
 */
export function medianInterval(values: readonly number[]): Omit<Spread, "median"> {
  const sorted = values.toSorted((a, b) => a - b);
  const n = sorted.length;
  let tail = 0;
  let term = 2 ** -n;
  let cut = 0;
  for (let k = 0; k < n >> 1; k++) {
    tail += term;
    if (2 * tail > 1 - INTERVAL) break;
    cut = k + 1;
    term = (term * (n - k)) / (k + 1);
  }
  const first = Math.max(0, cut - 1);
  return { least: sorted[first] ?? Number.NaN, most: sorted[n - 1 - first] ?? Number.NaN };
}
