/** One slice of the sweep in the writer: steps of several kinds, until the budget is used or a publish has waited enough. */
import type { UpkeepStore } from "../../interface/upkeep.ts";
import { expiryHorizon } from "../../maintenance/expiry.ts";
import { sweep as sweepKinds, type Bounds, type OwnKinds } from "../../maintenance/sweep.ts";
import { isSliceOver, toSharedMs } from "../../maintenance/sweep-share.ts";
import { isIndexFarBehind } from "../../search/seal.ts";
import { emptyInSlices } from "../accept/rotating-tables.ts";
import { now, runNow } from "../session.ts";
import type { Writer } from "../thread/writer-types.ts";
import { purgeExpired } from "./retention.ts";

/**
 * A run of one kind should take about an eighth of the budget, so that every kind gets its turn. A row can
 * take 70 µs; one step must not take more than the rest of 20 ms.
 */
const BOUNDS: Omit<Bounds, "isOver"> = {
  firstLimit: 32,
  leastLimit: 1,
  greatestLimit: 200,
  slowShare: 1 / 4,
  fastShare: 1 / 16,
};

type Previous = { readonly endedAt: number; readonly isBehind: boolean };
const previousBySweeper = new WeakMap<object, Previous>();

export function sweep(
  writer: Writer,
  p: Parameters<UpkeepStore["sweep"]>[0],
): { busy: boolean; isBehind: boolean; heldMs: number } {
  const own: OwnKinds = {
    expired: [(_, cx, limit) => now(() => purgeExpired(writer, cx, limit))],
    emptying: emptyInSlices(writer, writer.windows),
  };
  const { sliceMs } = p;
  const startedAt = performance.now();
  const cx = { now: p.now, dedupeWindowMs: p.dedupeWindowMs, horizon: expiryHorizon(p) };
  const sweeper = writer.state;
  const previous = previousBySweeper.get(sweeper) ?? { endedAt: 0, isBehind: false };
  const sinceMs = startedAt - previous.endedAt;
  const sharedMs = toSharedMs({ isBehind: previous.isBehind, sinceMs });
  const bounds: Bounds = {
    ...BOUNDS,
    isOver: (step) => isSliceOver({ ...step, sharedMs }, writer.isAwaited),
  };
  const swept = runNow(sweepKinds(writer.session, { sweeper, own, bounds, cx, sliceMs }));
  if (!swept.busy) writer.checkpoints.cutSoon();
  const isBehind = swept.busy && runNow(isIndexFarBehind(writer.session, p.now));
  previousBySweeper.set(sweeper, { endedAt: performance.now(), isBehind });
  return { ...swept, isBehind };
}
