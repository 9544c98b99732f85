/**
 * The ways to send an event again: a delivery is reopened, or made due with its schedule unchanged, or
 * created when the endpoint has none. The caller adds the endpoint to the queue.
 *
 * The order of locks is the application, the event, then its deliveries. Only after that it is checked
 * whether a delivery is leased.
 */
import type { EndpointRow } from "../endpoints/endpoint-row.ts";
import { parkedUntil } from "../endpoints/status.ts";
import { STATES } from "../queue/delivery-state.ts";
import type { TallyChange } from "../maintenance/tallies.ts";
import { releaseNext } from "../queue/leave-pending.ts";
import type { NewRow, Steps, WriteSession } from "../session.ts";

/** The row at the time of locking. */
export type ReopenedRow = {
  readonly seq: number;
  readonly state: number;
  readonly orderingKey: string | null;
};

const TAKEN_BACK: Readonly<Record<number, TallyChange>> = {
  [STATES.delivered]: { delivered: -1 },
  [STATES.failed]: { failed: -1 },
  [STATES.cancelled]: { cancelled: -1 },
};

/** A delivery with the fence of its shard's owner is leased. */
function fenceOfShard(parameter: string): string {
  return `coalesce((SELECT shard.fence FROM shard WHERE shard.shard = ${parameter}), 0)`;
}

/**
 * Locks the events that still have their content: no transaction blanks them until this one ends. Returns
 * the bytes of their payloads.
 */
export function* lockEvents(
  s: WriteSession,
  eventSeqs: readonly number[],
  lock: string,
): Steps<ReadonlyMap<number, number>> {
  const locked = yield* s.all<{ seq: number; bytes: number }>(
    `SELECT seq, octet_length(payload) AS bytes FROM event
     WHERE ${s.sql.oneOf("seq", "?1", "bigint")} AND payload IS NOT NULL ORDER BY seq ${lock}`,
    [[...new Set(eventSeqs)]],
  );
  return new Map(locked.map(({ seq, bytes }) => [seq, bytes]));
}

/**
 * Starts a new schedule now, as a manual attempt of the same event (I2), for rows that are locked. The
 * delivery leaves its ordering key for good. A leased one is being sent already and stays as it is.
 * Returns the number of reopened rows.
 */
export function* reopen(
  s: WriteSession,
  endpoint: EndpointRow,
  rows: readonly ReopenedRow[],
  now: number,
): Steps<number> {
  if (rows.length === 0) return 0;
  const reopened = yield* s.all<{ seq: number; bytes: number }>(
    `UPDATE delivery SET state = 0, due_at = ?2, fence = NULL, slot = 1, base_at = ?2,
       parked_ms = ?3, manual = true, ordering_key = NULL, skip_at = NULL, reason = NULL,
       finished_at = NULL
     WHERE ${s.sql.oneOf("seq", "?1", "bigint")}
       AND NOT (state = 0 AND fence IS NOT DISTINCT FROM ${fenceOfShard("?4")})
     RETURNING seq, bytes`,
    [rows.map(({ seq }) => seq), now, parkedUntil(endpoint, now), endpoint.shard],
  );
  const { seq: endpointSeq, appSeq } = endpoint;
  const before = new Map(rows.map((row) => [row.seq, row]));
  const keys: { appSeq: number; endpointSeq: number; orderingKey: string }[] = [];
  for (const { seq, bytes } of reopened) {
    const { state, orderingKey } = before.get(seq) as ReopenedRow;
    if (state === STATES.pending) {
      if (orderingKey !== null) keys.push({ appSeq, endpointSeq, orderingKey });
      continue;
    }
    s.tally(appSeq, { ...TAKEN_BACK[state], pendingBytes: bytes });
    s.pendingChanged(endpointSeq, 1);
  }
  yield* s.addDue(yield* releaseNext(s, keys, now));
  return reopened.length;
}

/**
 * Makes the rows due now and changes nothing else: the attempt takes the next slot, and later ones keep
 * their times (I6). A delivery that is leased, already due, or waiting behind its ordering key stays as it
 * is. Returns the number of changed rows.
 */
export function* makeDueNow(
  s: WriteSession,
  endpoint: EndpointRow,
  rows: readonly ReopenedRow[],
  now: number,
): Steps<number> {
  if (rows.length === 0) return 0;
  return yield* s.run(
    `UPDATE delivery SET due_at = ?2 WHERE ${s.sql.oneOf("seq", "?1", "bigint")}
       AND state = 0 AND due_at > ?2 AND fence IS DISTINCT FROM ${fenceOfShard("?3")}`,
    [rows.map(({ seq }) => seq), now, endpoint.shard],
  );
}

export type NewReplay = {
  readonly eventSeq: number;
  /** The indexes of the event's webhooks. */
  readonly parts: readonly number[];
  readonly dueAt: number;
  /** Length of the event's payload. */
  readonly bytes: number;
};

/** Creates all webhooks of locked events that have no delivery to the endpoint. */
export function* createReplays(
  s: WriteSession,
  endpoint: EndpointRow,
  replays: readonly NewReplay[],
  now: number,
): Steps<void> {
  const created = replays.reduce((sum, { parts }) => sum + parts.length, 0);
  if (created === 0) return;
  const seqs = yield* s.newDeliverySeqs(created, now);
  const parkedMs = parkedUntil(endpoint, now);
  const rows: NewRow[] = [];
  for (const { eventSeq, parts, dueAt, bytes } of replays) {
    for (const part of parts) {
      rows.push({
        seq: seqs[rows.length] as number,
        eventSeq,
        endpointSeq: endpoint.seq,
        part,
        state: STATES.pending,
        dueAt,
        slot: 1,
        attempts: 0,
        baseAt: dueAt,
        parkedMs,
        manual: true,
        acceptedAt: now,
        bytes,
      });
    }
  }
  yield* s.insert("delivery", rows);
  const pendingBytes = replays.reduce((sum, { parts, bytes }) => sum + parts.length * bytes, 0);
  s.tally(endpoint.appSeq, { created, pendingBytes });
  s.pendingChanged(endpoint.seq, created);
}
