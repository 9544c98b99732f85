/**
 * Recounts the accounting identity (I12) row by row, beside a live server, and looks for work that would
 * never be sent. The caller's read transaction makes all reads one consistent state.
 */
import { NO_ROWS, recount, type FanOutCounts, type StateCounts } from "./accounting-identity.ts";
import { heldBack, tallySums } from "./accounting.ts";
import type { UpkeepStore } from "../interface/upkeep.ts";
import type { PlaceRange } from "../paging.ts";
import { findMiscounted } from "../endpoints/usage.ts";
import { STATES } from "../queue/delivery-state.ts";
import { nextDueAt as latestDueAt } from "../queue/next-due-at.ts";
import { isTrue, type Session, type Steps } from "../session.ts";

/** Maximum number of named problems of one kind. */
export const MOST_NAMED = 20;

export type Checked = Awaited<ReturnType<UpkeepStore["check"]>>;

/** The place of an enabled endpoint in level one of the queue, beside its pending deliveries. */
type QueueLevel = {
  /** Public id of the endpoint. */
  readonly id: string;
  /** The earliest due time of a delivery that is not leased; null without one. */
  readonly dueAt: number | null;
  readonly nextDueAt: number | null;
  readonly probeAt: number | null;
  readonly isLeased: boolean | number;
};

export type Checking = {
  /** The rows of deliveries, in ranges that one statement can count. */
  readonly ranges: Steps<readonly PlaceRange[]>;
  /** SQL that holds for a `delivery` that waits for its owner and is not in the queue yet. */
  readonly isForwarded: string;
  /** Problems of the database itself, as sentences. */
  readonly damage: Steps<readonly string[]>;
};

export function* check(s: Session, p: Checking): Steps<Checked> {
  const { apps, problems } = recount({
    apps: yield* s.all<{ seq: number; id: string }>("SELECT seq, id FROM app ORDER BY seq"),
    sums: yield* tallySums(s),
    held: yield* heldBack(s),
    rows: yield* countRows(s, yield* p.ranges),
    fanOuts: yield* countFanOuts(s),
  });
  const lost = findLost(yield* loadQueueLevels(s, p.isForwarded));
  return {
    apps,
    problems: [
      ...problems,
      ...lost,
      ...(yield* findOrphans(s)),
      ...(yield* findLostUserIds(s)),
      ...(yield* findMiscounted(s, MOST_NAMED)),
      ...(yield* p.damage),
    ],
  };
}

/** Deliveries of each app by state. Endpoint rows are never deleted, so each delivery leads to its app. */
function* countRows(
  s: Session,
  ranges: readonly PlaceRange[],
): Steps<ReadonlyMap<number, StateCounts>> {
  const names = Object.keys(STATES) as (keyof typeof STATES)[];
  const counts = new Map<number, StateCounts>();
  for (const { low, high } of ranges) {
    const groups = yield* s.all<{
      appSeq: number | null;
      state: number;
      rows: number;
      bytes: number;
    }>(
      `SELECT app_seq, state, sum(rows) AS rows, sum(bytes) AS bytes
       FROM (SELECT endpoint_seq, state, count(*) AS rows, sum(bytes) AS bytes FROM delivery
           WHERE seq >= ?1 AND seq < ?2 GROUP BY endpoint_seq, state) AS counted
         LEFT JOIN endpoint ON endpoint.seq = counted.endpoint_seq
       GROUP BY app_seq, state`,
      [low, high],
    );
    for (const { appSeq, state, rows, bytes } of groups) {
      const of = counts.get(appSeq ?? -1) ?? { ...NO_ROWS };
      counts.set(appSeq ?? -1, of);
      const name = names.find((one) => STATES[one] === state);
      if (name !== undefined) of[name] += rows;
      if (name === "pending") of.pendingBytes += bytes;
    }
  }
  return counts;
}

/** Deliveries that are counted and not made yet. */
function* countFanOuts(s: Session): Steps<ReadonlyMap<number, FanOutCounts>> {
  const rows = yield* s.all<FanOutCounts & { readonly appSeq: number }>(
    `SELECT app_seq, sum(remaining) AS deliveries, sum(remaining * bytes) AS bytes
     FROM fan_out GROUP BY app_seq`,
  );
  return new Map(rows.map(({ appSeq, ...counts }) => [appSeq, counts]));
}

/**
 * A few searches per enabled endpoint, in the order of the endpoints, so that two databases name the same ones.
 */
function* loadQueueLevels(s: Session, isForwarded: string): Steps<readonly QueueLevel[]> {
  const pending = `delivery WHERE delivery.endpoint_seq = endpoint.seq AND state = 0`;
  return yield* s.all<QueueLevel>(
    `SELECT endpoint.id, queue.next_due_at, held.probe_at,
       (SELECT due_at FROM ${pending} AND due_at IS NOT NULL
         AND delivery.fence IS DISTINCT FROM shard.fence AND NOT ${isForwarded}
         ORDER BY due_at LIMIT 1) AS due_at,
       CASE WHEN held.probe_at IS NULL THEN false
         ELSE EXISTS (SELECT 1 FROM ${pending} AND delivery.fence = shard.fence) END AS is_leased
     FROM endpoint
       LEFT JOIN shard ON shard.shard = endpoint.shard
       LEFT JOIN endpoint_queue AS queue ON queue.endpoint_seq = endpoint.seq
       LEFT JOIN endpoint_state AS held ON held.endpoint_seq = endpoint.seq
     WHERE endpoint.status = 'enabled' ORDER BY endpoint.seq`,
  );
}

/**
 * Due work of enabled endpoints that is missing from level one of the queue is never sent. Behind an open
 * breaker the queue has the time of the next probe, and no row during the probe.
 */
function findLost(levels: readonly QueueLevel[]): readonly string[] {
  return levels
    .filter(isLost)
    .slice(0, MOST_NAMED)
    .map(
      ({ id, dueAt }) => `${id}: a delivery is due at ${dueAt}, but the queue has no entry for it.`,
    );
}

function isLost({ dueAt, nextDueAt, probeAt, isLeased }: QueueLevel): boolean {
  if (dueAt === null) return false;
  const latest = latestDueAt(
    { status: "enabled", probeAt },
    { dueAt, hasLeased: () => isTrue(isLeased) },
  );
  return latest !== null && (nextDueAt === null || nextDueAt > latest);
}

/** A pending delivery whose event is gone cannot be rendered. */
function* findOrphans(s: Session): Steps<readonly string[]> {
  const rows = yield* s.all<{ id: string; orphans: number }>(
    `SELECT endpoint.id, count(*) AS orphans
     FROM delivery JOIN endpoint ON endpoint.seq = delivery.endpoint_seq
     WHERE state = 0 AND NOT EXISTS (SELECT 1 FROM event WHERE event.seq = delivery.event_seq)
     GROUP BY endpoint.seq, endpoint.id ORDER BY endpoint.seq LIMIT ?1`,
    [MOST_NAMED],
  );
  return rows.map(({ id, orphans }) => `${id}: ${orphans} pending deliveries have no event.`);
}

/** An event with such a user id would find no contact, and no opt-out. The sweep deletes those of deleted apps. */
function* findLostUserIds(s: Session): Steps<readonly string[]> {
  const rows = yield* s.all<{ id: string; lost: number }>(
    `SELECT app.id, count(*) AS lost FROM contact_alias JOIN app ON app.seq = contact_alias.app_seq
     WHERE deleted_at IS NULL AND NOT EXISTS (SELECT 1 FROM contact
       WHERE contact.app_seq = contact_alias.app_seq AND number = contact_alias.address)
     GROUP BY app.seq, app.id ORDER BY app.seq LIMIT ?1`,
    [MOST_NAMED],
  );
  return rows.map(({ id, lost }) => `${id}: ${lost} user ids of WhatsApp lead to no contact.`);
}
