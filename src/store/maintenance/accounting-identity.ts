/**
 * The accounting identity (I12): created = delivered + pending + parked + failed + cancelled + fanningOut. The
 * tallies count created deliveries, those that are not made yet, and how they ended. Parked deliveries, and cancelled ones that are not folded yet,
 * follow from endpoints that are not enabled. This file only adds.
 */
import type { Accounting } from "../interface/upkeep.ts";
import { TALLIES, type TallySums } from "./tallies.ts";

export type AppSums = TallySums & { readonly appSeq: number };
/** Deliveries in state pending whose endpoint is not enabled. */
export type HeldBack = {
  readonly appSeq: number;
  readonly parked: number;
  readonly cancelled: number;
};
/** Rows of deliveries by state, and the bytes of the pending ones. */
export type StateCounts = {
  pending: number;
  delivered: number;
  failed: number;
  cancelled: number;
  pendingBytes: number;
};
/** Deliveries of an application that are not made yet, by the rows of its events. */
export type FanOutCounts = { readonly deliveries: number; readonly bytes: number };

const NO_TALLIES = Object.fromEntries(TALLIES.map((name) => [name, 0])) as TallySums;
const NO_HELD_BACK = { parked: 0, cancelled: 0 };
const NO_FAN_OUTS: FanOutCounts = { deliveries: 0, bytes: 0 };
export const NO_ROWS: StateCounts = {
  pending: 0,
  delivered: 0,
  failed: 0,
  cancelled: 0,
  pendingBytes: 0,
};

/** Sum over all apps. */
export function toTotal(
  sums: readonly AppSums[],
  held: readonly HeldBack[],
): Omit<Accounting, "appId"> {
  const total = { created: 0, delivered: 0, failed: 0, cancelled: 0, fanningOut: 0 };
  for (const app of sums) {
    for (const name of Object.keys(total) as (keyof typeof total)[]) total[name] += app[name];
  }
  const heldTotal = { parked: 0, cancelled: 0 };
  for (const { parked, cancelled } of held) {
    heldTotal.parked += parked;
    heldTotal.cancelled += cancelled;
  }
  return account(total, heldTotal);
}

export function sumAccounting(apps: readonly Accounting[]): Omit<Accounting, "appId"> {
  const sums = {
    created: 0,
    delivered: 0,
    pending: 0,
    parked: 0,
    failed: 0,
    cancelled: 0,
    fanningOut: 0,
  };
  for (const app of apps) {
    for (const name of Object.keys(sums) as (keyof typeof sums)[]) sums[name] += app[name];
  }
  return sums;
}

/** Returns each app's accounting by its tallies, and the differences from the rows. */
export function recount(p: {
  apps: readonly { readonly seq: number; readonly id: string }[];
  sums: readonly AppSums[];
  held: readonly HeldBack[];
  /** Counts by app. */
  rows: ReadonlyMap<number, StateCounts>;
  fanOuts: ReadonlyMap<number, FanOutCounts>;
}): { apps: readonly Accounting[]; problems: readonly string[] } {
  const sums = new Map(p.sums.map((app) => [app.appSeq, app]));
  const held = new Map(p.held.map((app) => [app.appSeq, app]));
  const apps: Accounting[] = [];
  const problems: string[] = [];
  for (const { seq, id } of p.apps) {
    const tallies = sums.get(seq) ?? NO_TALLIES;
    const accounting = account(tallies, held.get(seq) ?? NO_HELD_BACK);
    apps.push({ appId: id, ...accounting });
    for (const [what, tallied, found] of compare(
      tallies,
      p.rows.get(seq) ?? NO_ROWS,
      p.fanOuts.get(seq) ?? NO_FAN_OUTS,
    )) {
      if (tallied === found) continue;
      problems.push(`${id}: the tallies count ${tallied} ${what}; the rows count ${found}.`);
    }
    if (accounting.pending < 0) {
      problems.push(
        `${id}: its parked and cancelled deliveries outnumber its pending ones by ${-accounting.pending}.`,
      );
    }
  }
  return { apps, problems };
}

function account(
  sums: Pick<TallySums, "created" | "delivered" | "failed" | "cancelled" | "fanningOut">,
  held: Omit<HeldBack, "appSeq">,
): Omit<Accounting, "appId"> {
  const unfinished = sums.created - sums.delivered - sums.failed - sums.cancelled;
  return {
    created: sums.created,
    delivered: sums.delivered,
    pending: unfinished - sums.fanningOut - held.parked - held.cancelled,
    parked: held.parked,
    failed: sums.failed,
    cancelled: sums.cancelled + held.cancelled,
    fanningOut: sums.fanningOut,
  };
}

function compare(
  tallies: TallySums,
  rows: StateCounts,
  fanOuts: FanOutCounts,
): [string, number, number][] {
  const purged = tallies.purgedDelivered + tallies.purgedFailed + tallies.purgedCancelled;
  const kept = rows.pending + rows.delivered + rows.failed + rows.cancelled;
  const unfinished = tallies.created - tallies.delivered - tallies.failed - tallies.cancelled;
  return [
    ["created deliveries", tallies.created, kept + purged + fanOuts.deliveries],
    ["delivered deliveries", tallies.delivered, rows.delivered + tallies.purgedDelivered],
    ["failed deliveries", tallies.failed, rows.failed + tallies.purgedFailed],
    ["cancelled deliveries", tallies.cancelled, rows.cancelled + tallies.purgedCancelled],
    ["pending deliveries", unfinished - tallies.fanningOut, rows.pending],
    ["deliveries not fanned out", tallies.fanningOut, fanOuts.deliveries],
    ["bytes of pending deliveries", tallies.pendingBytes, rows.pendingBytes + fanOuts.bytes],
  ];
}
