/**
 * The sweep: all upkeep in short transactions, by one node at a time. Every kind of work is one function that
 * handles at most `limit` rows and returns how many it handled. A slice starts with the kind after the
 * previous slice's, and ends with the first kind that finds work. So it holds the locks of one kind only. The
 * number of rows that fit is learned per kind. This file does not know the meaning of the rows: that is in
 * the files of the kinds.
 */
import type { UpkeepStore } from "../../interface/upkeep.ts";
import { dropOldDay } from "./drop-days.ts";
import { purgeJobs } from "../../jobs/rows.ts";
import { runSteps, toSession } from "../session.ts";
import { LOCKS } from "../server/locks.ts";
import type { Node } from "../cluster/node.ts";
import { rotateIdempotency } from "../accept/idempotency.ts";
import { endExpired, moveHorizon, readHorizon } from "./retention.ts";
import { blankDeletedApps, blankExpired } from "./sweep-content.ts";
import { foldDeletedEndpoints, foldTallies } from "./sweep-folding.ts";
import type { Tx } from "../types.ts";
import { rotateDedupeWindows } from "../accept/dedupe-windows.ts";
import type { SweepContext, Swept } from "./sweep-context.ts";
/** Handles up to `limit` rows of its kind and returns their number: 0 when there was nothing to do. */
type Work = (tx: Tx, cx: SweepContext, limit: number) => Promise<number>;

const KINDS: readonly Work[] = [
  endExpired,
  dropOldDay,
  blankExpired,
  blankDeletedApps,
  foldDeletedEndpoints,
  foldTallies,
  async (tx, cx) => ((await rotateDedupeWindows(tx, cx)) ? 1 : 0),
  async (tx, cx) => ((await rotateIdempotency(tx, cx)) ? 1 : 0),
  async (tx, cx, limit) => await runSteps(purgeJobs(toSession(tx), cx.now, limit)),
];
/** Key of the upkeep lock for the sweeper. */
const SWEEPER_LOCK_KEY = 0;
const FIRST_LIMIT = 100;
/** A statement costs a round trip, so fewer rows would hardly be faster. */
const LEAST_LIMIT = 50;
const GREATEST_LIMIT = 1_000;

/** Where a node's sweep stopped, and how many rows of each kind it handles at a time. */
type Progress = { turn: number; readonly limits: number[] };
const progressByNode = new WeakMap<Node, Progress>();

export async function sweep(tx: Tx, p: Parameters<UpkeepStore["sweep"]>[0]): Promise<Swept> {
  const startedAt = performance.now();
  const over = (busy: boolean, horizon: number): Swept => ({
    busy,
    heldMs: performance.now() - startedAt,
    horizon,
  });
  if (!(await isOnlySweeper(tx))) return over(false, await readHorizon(tx));
  const horizon = await moveHorizon(tx, p.now - p.retentionMs);
  const cx = { now: p.now, dedupeWindowMs: p.dedupeWindowMs, horizon };
  const progress = progressByNode.get(tx.node) ?? { turn: 0, limits: KINDS.map(() => FIRST_LIMIT) };
  progressByNode.set(tx.node, progress);
  for (let tried = 0; tried < KINDS.length; tried++) {
    const { turn } = progress;
    progress.turn = (turn + 1) % KINDS.length;
    const limit = progress.limits[turn] as number;
    const before = performance.now();
    const rows = await (KINDS[turn] as Work)(tx, cx, limit);
    if (rows === 0) continue;
    if (rows >= limit) {
      // The other half of the slice is for the commit.
      const tookMs = performance.now() - before;
      progress.limits[turn] = nextLimit(limit, tookMs, p.sliceMs / 2);
    }
    return over(true, horizon);
  }
  return over(false, horizon);
}

function nextLimit(limit: number, tookMs: number, budgetMs: number): number {
  if (tookMs > budgetMs) return Math.max(LEAST_LIMIT, Math.floor(limit / 2));
  if (tookMs < budgetMs / 3) return Math.min(GREATEST_LIMIT, limit * 2);
  return limit;
}

async function isOnlySweeper(tx: Tx): Promise<boolean> {
  const [row] = await tx.sql<{ held: boolean }>(
    "SELECT pg_try_advisory_xact_lock($1, $2) AS held",
    [LOCKS.upkeep, SWEEPER_LOCK_KEY],
  );
  return row?.held === true;
}
