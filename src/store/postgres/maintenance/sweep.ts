/**
 * One slice of the sweep as one short transaction, by one node at a time. It ends with the first kind that
 * finds work, so it holds the locks of one kind only.
 */
import type { UpkeepStore } from "../../interface/upkeep.ts";
import { expiryHorizon } from "../../maintenance/expiry.ts";
import { sweep as sweepKinds, type Bounds, type OwnKinds } from "../../maintenance/sweep.ts";
import { isIndexFarBehind } from "../../search/seal.ts";
import { emptyAtOnce } from "../accept/rotating-tables.ts";
import { LOCKS } from "../server/locks.ts";
import { runSteps, wait } from "../session.ts";
import type { Tx } from "../types.ts";
import { toWriteSession } from "../write-session.ts";
import { dropOldDay } from "./drop-days.ts";
import { endExpiredDays, moveHorizon, readHorizon } from "./retention.ts";

/** The work that was done, and the horizon for the node to apply after the commit. */
type Swept = Awaited<ReturnType<UpkeepStore["sweep"]>> & { readonly horizon: number };

/** Key of the upkeep lock for the sweeper. */
const SWEEPER_LOCK_KEY = 0;
/**
 * A slice is about ten statements and a commit, so fewer rows than the least limit would hardly be faster. With 50
 * rows on a busy machine, an event of the search index took 150 µs of CPU time (2026-12-01).
 */
const BOUNDS: Bounds = {
  firstLimit: 100,
  leastLimit: 200,
  greatestLimit: 1_000,
  slowShare: 1,
  fastShare: 1 / 3,
  isOver: ({ rows }) => rows > 0,
};

export async function sweep(tx: Tx, p: Parameters<UpkeepStore["sweep"]>[0]): Promise<Swept> {
  const startedAt = performance.now();
  if (!(await isOnlySweeper(tx))) {
    const horizon = await readHorizon(tx);
    return { busy: false, isBehind: false, heldMs: performance.now() - startedAt, horizon };
  }
  const horizon = await moveHorizon(tx, expiryHorizon(p));
  const own: OwnKinds = {
    expired: [endExpiredDays, dropOldDay].map(
      (work) => (_, cx, limit) => wait(() => work(tx, cx, limit)),
    ),
    emptying: emptyAtOnce(tx),
  };
  const { sliceMs } = p;
  const cx = { now: p.now, dedupeWindowMs: p.dedupeWindowMs, horizon };
  const sweeper = tx.node;
  const session = toWriteSession(tx);
  const swept = await runSteps(sweepKinds(session, { sweeper, own, bounds: BOUNDS, cx, sliceMs }));
  const isBehind = swept.busy && (await runSteps(isIndexFarBehind(session, p.now)));
  return { ...swept, isBehind, heldMs: performance.now() - startedAt, horizon };
}

async function isOnlySweeper(tx: Tx): Promise<boolean> {
  const [row] = await tx.sql<{ held: boolean }>(
    "SELECT pg_try_advisory_xact_lock($1, $2) AS held",
    [LOCKS.upkeep, SWEEPER_LOCK_KEY],
  );
  return row?.held === true;
}
