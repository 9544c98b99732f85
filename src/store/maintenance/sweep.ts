/**
 * The sweep: all upkeep in short slices (I4). Every kind of work is one function that does at most `limit`
 * rows and returns how many it did. A slice runs the kinds in turn, and the next one continues there. The
 * number of rows that fit is learned per kind. This file must not know the meaning of the rows; the files
 * of the kinds do.
 */
import {
  DEDUPE_WINDOWS,
  type Emptying,
  IDEMPOTENCY_TABLES,
  rotate,
  type RotatingTables,
} from "../accept/rotation.ts";
import { startWaiting } from "../jobs/groups.ts";
import { purgeJobs } from "../jobs/rows.ts";
import { purgeResults } from "../jobs/statistics.ts";
import { deleteOldSeries, foldSeries } from "../series/fold.ts";
import { sealEvents } from "../search/seal.ts";
import { deleteOldAudit } from "../audit/entries.ts";
import type { Steps, WriteSession } from "../session.ts";
import { deleteExpiredDashboards } from "../tenancy/dashboard-sessions.ts";
import { deleteExpiredAccess } from "../tenancy/portal.ts";
import { blankExpired } from "./content.ts";
import { eraseDeletedApps } from "./deleted-apps.ts";
import { foldDeletedEndpoints, foldTallies } from "./folding.ts";
import type { SweepContext, Work } from "./sweep-context.ts";

/** The kinds of work that each database does in its own way. */
export type OwnKinds = {
  readonly expired: readonly Work[];
  readonly emptying: Emptying;
};

/** How many rows a step of one kind takes, and when a slice is over. */
export type Bounds = {
  readonly firstLimit: number;
  readonly leastLimit: number;
  readonly greatestLimit: number;
  /** A step that took more than this share of the budget takes fewer rows next time. */
  readonly slowShare: number;
  /** A step that took less than this share of the budget takes more rows next time. */
  readonly fastShare: number;
  readonly isOver: (step: { rows: number; heldMs: number; budgetMs: number }) => boolean;
};

/** The next kind of a sweeper, and the number of rows of each kind per step. */
type Progress = { kind: number; readonly limits: number[] };
const progressBySweeper = new WeakMap<object, Progress>();

function listKinds({ expired, emptying }: OwnKinds): readonly Work[] {
  const rotateSome =
    (tables: RotatingTables): Work =>
    (s, { now, dedupeWindowMs }, limit) =>
      rotate(s, tables, { emptying, now, dedupeWindowMs, limit });
  return [
    ...expired,
    blankExpired,
    sealEvents,
    foldDeletedEndpoints,
    eraseDeletedApps,
    foldTallies,
    foldSeries,
    deleteOldSeries,
    rotateSome(DEDUPE_WINDOWS),
    rotateSome(IDEMPOTENCY_TABLES),
    (s, cx, limit) => purgeJobs(s, cx.now, limit),
    (s, cx) => startWaiting(s, cx.now),
    (s, cx, limit) => deleteExpiredAccess(s, cx.now, limit),
    (s, cx, limit) => deleteOldAudit(s, cx.now, limit),
    (s, cx, limit) => deleteExpiredDashboards(s, cx.now, limit),
    (s, _cx, limit) => purgeResults(s, limit),
  ];
}

export function* sweep(
  s: WriteSession,
  p: {
    /** The object whose progress this is. */
    readonly sweeper: object;
    readonly own: OwnKinds;
    readonly bounds: Bounds;
    readonly cx: SweepContext;
    readonly sliceMs: number;
  },
): Steps<{ readonly busy: boolean; readonly heldMs: number }> {
  const startedAt = performance.now();
  const kinds = listKinds(p.own);
  const progress = ensureProgress(p.sweeper, kinds.length, p.bounds);
  // The other half of the slice is for the commit, which writes these changes.
  const budgetMs = p.sliceMs / 2;
  // A kind without work is not asked again: the others would wait for it (2026-12-01: 40 % of a slice).
  const idle = new Set<number>();
  let hasWorked = false;
  for (;;) {
    const { kind } = progress;
    progress.kind = (kind + 1) % kinds.length;
    if (idle.has(kind)) continue;
    const limit = progress.limits[kind] as number;
    const before = performance.now();
    const rows = yield* (kinds[kind] as Work)(s, p.cx, limit);
    const tookMs = performance.now() - before;
    if (rows >= limit) progress.limits[kind] = nextLimit(p.bounds, limit, tookMs / budgetMs);
    if (rows === 0) idle.add(kind);
    else hasWorked = true;
    const heldMs = performance.now() - startedAt;
    // The work of one kind may be the cause of another's, so the next slice asks all again.
    if (idle.size === kinds.length) return { busy: hasWorked, heldMs };
    if (p.bounds.isOver({ rows, heldMs, budgetMs })) return { busy: true, heldMs };
  }
}

function ensureProgress(sweeper: object, kinds: number, { firstLimit }: Bounds): Progress {
  const known = progressBySweeper.get(sweeper);
  if (known !== undefined) return known;
  const progress = { kind: 0, limits: Array.from({ length: kinds }, () => firstLimit) };
  progressBySweeper.set(sweeper, progress);
  return progress;
}

function nextLimit(bounds: Bounds, limit: number, share: number): number {
  if (share > bounds.slowShare) return Math.max(bounds.leastLimit, Math.floor(limit / 2));
  if (share < bounds.fastShare) return Math.min(bounds.greatestLimit, limit * 2);
  return limit;
}
