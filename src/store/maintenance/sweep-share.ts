/**
 * The share of the sweep in the writer. Its slices and the pauses between them keep to it. While publishes wait, a slice
 * takes no more than its share of the time since the previous one: a long slice would hold up all of them at once.
 */

/** The pauses are three times as long as the slices, which is enough for the intake of a full load. */
const PAUSES_PER_SLICE = 3;
/**
 * While the search index is far behind, half of the writer: an event takes it longer to be accepted than to be
 * added to the index, so the index catches up with every load.
 */
const PAUSES_PER_SLICE_BEHIND = 1;
const LEAST_PAUSE_MS = 4;
const LEAST_PAUSE_BEHIND_MS = 1;
/** A shorter slice would mostly be its call and its commit. */
const LEAST_SLICE_MS = 1;

type Swept = { readonly isBehind: boolean; readonly heldMs: number };

export function toPauseMs({ isBehind, heldMs }: Swept): number {
  const leastMs = isBehind ? LEAST_PAUSE_BEHIND_MS : LEAST_PAUSE_MS;
  return Math.max(leastMs, heldMs * toPauses(isBehind));
}

/** The time after which a slice ends if a publish waits. `sinceMs` is the time since the previous slice. */
export function toSharedMs(p: { readonly isBehind: boolean; readonly sinceMs: number }): number {
  return Math.max(LEAST_SLICE_MS, p.sinceMs / toPauses(p.isBehind));
}

export function isSliceOver(
  p: { readonly heldMs: number; readonly budgetMs: number; readonly sharedMs: number },
  isAwaited: () => boolean,
): boolean {
  return p.heldMs >= p.budgetMs || (p.heldMs >= p.sharedMs && isAwaited());
}

function toPauses(isBehind: boolean): number {
  return isBehind ? PAUSES_PER_SLICE_BEHIND : PAUSES_PER_SLICE;
}
