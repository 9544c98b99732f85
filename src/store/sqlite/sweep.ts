/**
 * The sweep: all upkeep in slices that hold the writer for a few milliseconds each (I4). Every kind
 * of work is one function that does at most `limit` rows and says how many it did; the slice takes
 * them in turn and goes on, next time, where it stopped. How many rows fit is learned per kind.
 * It must not know what the rows mean: that is in the files of the kinds.
 */
import { performance } from "node:perf_hooks";
import type { UpkeepStore } from "../upkeep.ts";
import { purgeJobs } from "../jobs/rows.ts";
import { runNow } from "./session.ts";
import { rotateIdempotency } from "./idempotency.ts";
import { purgeExpired } from "./retention.ts";
import { blankDeletedApps, blankExpired } from "./sweep-content.ts";
import { foldDeletedEndpoints, foldTallies } from "./sweep-folding.ts";
import { emptyOldestWindow, rotateDedupeWindows } from "./dedupe-windows.ts";
import type { Writer } from "./writer-types.ts";
import type { SweepContext } from "./sweep-context.ts";
/** Does up to `limit` rows of its kind and gives how many it did: 0 when there is nothing to do. */
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
/** Rows can take 70 µs each; one step must not take more than what is left of 20 ms. */
const GREATEST_LIMIT = 200;

/** Where a writer's sweep stopped, and how many rows of each kind it takes at a time. */
type Progress = { turn: number; readonly limits: number[] };
const progressByState = new WeakMap<Writer["state"], Progress>();

export function sweep(
  writer: Writer,
  p: Parameters<UpkeepStore["sweep"]>[0],
): { busy: boolean; heldMs: number } {
  const startedAt = performance.now();
  const progress = progressByState.get(writer.state) ?? {
    turn: 0,
    limits: KINDS.map(() => FIRST_LIMIT),
  };
  progressByState.set(writer.state, progress);
  // The other half of the slice is for the commit, which writes what was changed here.
  const budgetMs = p.sliceMs / 2;
  let idle = 0;
  for (;;) {
    const before = performance.now();
    const kind = KINDS[progress.turn] as Work;
    const limit = progress.limits[progress.turn] as number;
    const rows = kind(writer, p, limit);
    const tookMs = performance.now() - before;
    if (rows >= limit) progress.limits[progress.turn] = nextLimit(limit, tookMs, budgetMs);
    progress.turn = (progress.turn + 1) % KINDS.length;
    idle = rows === 0 ? idle + 1 : 0;
    const heldMs = performance.now() - startedAt;
    if (idle === KINDS.length) return { busy: false, heldMs };
    if (heldMs >= budgetMs) return { busy: true, heldMs };
  }
}

/** A run of one kind should take about an eighth of the budget, so that all kinds have their turn. */
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
