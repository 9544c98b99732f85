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

/** A kind without work is asked again after this time, or when no kind has any. */
const ASK_AGAIN_MS = 1_000;

type Progress = {
  /** The next kind of the sweeper. */
  kind: number;
  /** The number of rows of each kind per step. */
  readonly limits: number[];
  /** Kinds that had no work, and the instant since when they are noted. */
  readonly idle: Set<number>;
  idleSince: number;
  /** Whether a kind had work since all were asked. */
  hasWorked: boolean;
};
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
  // Asking the kinds without work took 40 % of a slice (2026-12-01), and more of a short one.
  const { idle } = progress;
  if (Math.abs(p.cx.now - progress.idleSince) >= ASK_AGAIN_MS) {
    idle.clear();
    progress.idleSince = p.cx.now;
  }
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
    else progress.hasWorked = true;
    const heldMs = performance.now() - startedAt;
    // The work of one kind may be the cause of another's, so the next slice asks all again.
    if (idle.size === kinds.length) return { busy: askAllAgain(progress), heldMs };
    if (p.bounds.isOver({ rows, heldMs, budgetMs })) return { busy: true, heldMs };
  }
}

/** Returns whether a kind had work since all were asked last. */
function askAllAgain(progress: Progress): boolean {
  const { hasWorked } = progress;
  progress.idle.clear();
  progress.hasWorked = false;
  return hasWorked;
}

function ensureProgress(sweeper: object, kinds: number, { firstLimit }: Bounds): Progress {
  const known = progressBySweeper.get(sweeper);
  if (known !== undefined) return known;
  const progress: Progress = {
    kind: 0,
    limits: Array.from({ length: kinds }, () => firstLimit),
    idle: new Set(),
    idleSince: 0,
    hasWorked: false,
  };
  progressBySweeper.set(sweeper, progress);
  return progress;
}

function nextLimit(bounds: Bounds, limit: number, share: number): number {
  if (share > bounds.slowShare) return Math.max(bounds.leastLimit, Math.floor(limit / 2));
  if (share < bounds.fastShare) return Math.min(bounds.greatestLimit, limit * 2);
  return limit;
}
