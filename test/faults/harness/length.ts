/**
 * Each row has two lengths. The short one runs for every change and ends within minutes. The long one is for
 * the record (`npm run test:faults -- --long`). A trial is shorter than both, for the development of a row:
 * `FAULT_CYCLES=2`.
 */
const isLong = process.env["FAULTS_LENGTH"] === "long";
const trialCycles = Number(process.env["FAULT_CYCLES"] ?? 0);

export const isTrial = trialCycles > 0;

export function pickLength<T>(lengths: { readonly short: T; readonly long: T }): T {
  return isLong ? lengths.long : lengths.short;
}

export function pickCycles(lengths: { readonly short: number; readonly long: number }): number {
  return isTrial ? Math.min(trialCycles, pickLength(lengths)) : pickLength(lengths);
}

export function millisecondsText(figures: readonly number[]): string {
  const sorted = figures.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  return `median ${Math.round(median)} ms, longest ${Math.round(sorted.at(-1) ?? 0)} ms`;
}
