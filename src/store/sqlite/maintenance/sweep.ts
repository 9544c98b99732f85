/**
 * The sweep: all upkeep in slices that keep the writer busy for a few milliseconds each (I4). Every kind of
 * work is one function that does at most `limit` rows and returns how many it did. A slice runs the kinds in
 * turn, and the next one continues there. The number of rows that fit is learned per kind. This file must not know the meaning of the rows; the files of the kinds do.
 */
import { performance } from "node:perf_hooks";
import type { UpkeepStore } from "../../interface/upkeep.ts";
import { purgeJobs } from "../../jobs/rows.ts";
import { runNow } from "../session.ts";
import { rotateIdempotency } from "../accept/idempotency.ts";
import { purgeExpired } from "./retention.ts";
import { blankDeletedApps, blankExpired } from "./sweep-content.ts";
import { foldDeletedEndpoints, foldTallies } from "./sweep-folding.ts";
import { emptyOldestWindow, rotateDedupeWindows } from "../accept/dedupe-windows.ts";
import type { Writer } from "../thread/writer-types.ts";
import type { SweepContext } from "./sweep-context.ts";
/** Does up to `limit` rows of its kind and returns how many it did: 0 when nothing remains. */
type Work = (writer: Writer, cx: SweepContext, limit: number) => number;

const KINDS: readonly Work[] = [
  purgeExpired,
  blankExpired,
  blankDeletedApps,
  foldDeletedEndpoints,
  foldTallies,
  sweepWindows,
  sweepOnce,
  (writer, cx, limit) => runNow(purgeJobs(writer.session, cx.now, limit)),
];
const FIRST_LIMIT = 32;
/** A row can take 70 µs; one step must not take more than the rest of 20 ms. */
const GREATEST_LIMIT = 200;

/** Position of a writer's sweep, and the number of rows of each kind per step. */
type Progress = { kindIndex: number; readonly limits: number[] };
const progressByState = new WeakMap<Writer["state"], Progress>();

export function sweep(
  writer: Writer,
  p: Parameters<UpkeepStore["sweep"]>[0],
): { busy: boolean; heldMs: number } {
  const startedAt = performance.now();
  const progress = progressByState.get(writer.state) ?? {
    kindIndex: 0,
    limits: KINDS.map(() => FIRST_LIMIT),
  };
  progressByState.set(writer.state, progress);
  // The other half of the slice is for the commit, which writes these changes.
  const budgetMs = p.sliceMs / 2;
  let idle = 0;
  for (;;) {
    const before = performance.now();
    const kind = KINDS[progress.kindIndex] as Work;
    const limit = progress.limits[progress.kindIndex] as number;
    const rows = kind(writer, p, limit);
    const tookMs = performance.now() - before;
    if (rows >= limit) progress.limits[progress.kindIndex] = nextLimit(limit, tookMs, budgetMs);
    progress.kindIndex = (progress.kindIndex + 1) % KINDS.length;
    idle = rows === 0 ? idle + 1 : 0;
    const heldMs = performance.now() - startedAt;
    if (idle === KINDS.length) return { busy: false, heldMs };
    if (heldMs >= budgetMs) return { busy: true, heldMs };
  }
}

/** A run of one kind should take about an eighth of the budget, so that every kind gets its turn. */
function nextLimit(limit: number, tookMs: number, budgetMs: number): number {
  if (tookMs > budgetMs / 4) return Math.max(1, Math.floor(limit / 2));
  if (tookMs < budgetMs / 16) return Math.min(GREATEST_LIMIT, limit * 2);
  return limit;
}

function sweepWindows(writer: Writer, cx: SweepContext, limit: number): number {
  if (emptyOldestWindow(writer, { limit })) return limit;
  if (!rotateDedupeWindows(writer, cx)) return 0;
  writer.windows.forget();
  return 1;
}

function sweepOnce(writer: Writer, cx: SweepContext, limit: number): number {
  return rotateIdempotency(writer, { now: cx.now, limit }) ? limit : 0;
}
