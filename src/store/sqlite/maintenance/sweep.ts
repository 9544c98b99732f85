/** One slice of the sweep in the writer: steps of several kinds, until the budget is used. */
import type { UpkeepStore } from "../../interface/upkeep.ts";
import { expiryHorizon } from "../../maintenance/expiry.ts";
import { sweep as sweepKinds, type Bounds, type OwnKinds } from "../../maintenance/sweep.ts";
import { isIndexFarBehind } from "../../search/seal.ts";
import { emptyInSlices } from "../accept/rotating-tables.ts";
import { now, runNow } from "../session.ts";
import type { Writer } from "../thread/writer-types.ts";
import { purgeExpired } from "./retention.ts";

/**
 * A run of one kind should take about an eighth of the budget, so that every kind gets its turn. A row can
 * take 70 µs; one step must not take more than the rest of 20 ms.
 */
const BOUNDS: Bounds = {
  firstLimit: 32,
  leastLimit: 1,
  greatestLimit: 200,
  slowShare: 1 / 4,
  fastShare: 1 / 16,
  isOver: ({ heldMs, budgetMs }) => heldMs >= budgetMs,
};

export function sweep(
  writer: Writer,
  p: Parameters<UpkeepStore["sweep"]>[0],
): { busy: boolean; isBehind: boolean; heldMs: number } {
  const own: OwnKinds = {
    expired: [(_, cx, limit) => now(() => purgeExpired(writer, cx, limit))],
    emptying: emptyInSlices(writer, writer.windows),
  };
  const { sliceMs } = p;
  const cx = { now: p.now, dedupeWindowMs: p.dedupeWindowMs, horizon: expiryHorizon(p) };
  const sweeper = writer.state;
  const swept = runNow(sweepKinds(writer.session, { sweeper, own, bounds: BOUNDS, cx, sliceMs }));
  if (!swept.busy) writer.checkpoints.cutSoon();
  const isBehind = swept.busy && runNow(isIndexFarBehind(writer.session, p.now));
  return { ...swept, isBehind };
}
