/**
 * Part of the sweep: deletes all rows of a deleted application, one application at a time, in bounded steps.
 * The rows of the application and of its endpoints stay, because the accounting counts by them, but they are
 * blank. Its pending deliveries were cancelled before (folding.ts), and nothing is accepted for it any more.
 */
import { DEDUPE_WINDOWS, IDEMPOTENCY_TABLES } from "../accept/rotation.ts";
import { scopesOfApp } from "../idempotency.ts";
import { endPending } from "../queue/leave-pending.ts";
import type { PendingDelivery } from "../queue/queue-statements.ts";
import { STATES } from "../queue/delivery-state.ts";
import { forgetNames } from "../search/forget-names.ts";
import type { Steps, WriteSession } from "../session.ts";
import { SERIES_KEY } from "../series/columns.ts";
import type { SweepContext } from "./sweep-context.ts";
import { PURGED } from "./tallies.ts";

type DeletedApp = { readonly seq: number; readonly id: string };
/** Deletes up to `limit` rows of the application and returns how many; 0 when none remain. */
type Phase = (s: WriteSession, app: DeletedApp, p: Step) => Steps<number>;
type Step = { readonly now: number; readonly limit: number };

/** The row of the application has the index of the present one. */
const PHASES: readonly Phase[] = [
  deleteHistory,
  ...IDEMPOTENCY_TABLES.tables.map(deleteIdempotencyKeys),
  ...DEDUPE_WINDOWS.tables.map(deleteFromWindow),
  deleteRows("conversation", "app_seq, line, contact"),
  deleteRows("contact", "app_seq, number"),
  deleteRows("job", "app_seq, seq"),
  deleteRows("line", "app_seq, number"),
  deleteRows("api_key", "app_seq, id"),
  deleteRows("erased_opt_out", "app_seq, mark"),
  deleteRows("portal_access", "app_seq, secret_hash"),
  deleteRows("job_result", "job_seq, app_seq, name"),
  deleteRows("contact_alias", "app_seq, user_id"),
  deleteRows("poller_consumer", "app_seq, poller_id, consumer"),
  deleteRows("poller", "app_seq, id"),
  deleteRows("series_recent", "seq"),
  deleteRows("series", SERIES_KEY),
];

export function* eraseDeletedApps(s: WriteSession, cx: SweepContext, limit: number): Steps<number> {
  const app = yield* s.one<DeletedApp & { readonly erasePhase: number }>(
    `SELECT seq, id, erase_phase FROM app
     WHERE deleted_at IS NOT NULL AND blanked_at IS NULL AND NOT EXISTS
       (SELECT 1 FROM endpoint
        WHERE app_seq = app.seq AND status <> 'enabled' AND folded_at IS NULL)
     ORDER BY seq LIMIT 1`,
  );
  if (app === null) return 0;
  for (let index = app.erasePhase; index < PHASES.length; index++) {
    const rows = yield* (PHASES[index] as Phase)(s, app, { now: cx.now, limit });
    if (rows > 0) return rows;
    yield* s.run("UPDATE app SET erase_phase = ?1 WHERE seq = ?2", [index + 1, app.seq]);
  }
  return yield* s.run(
    "UPDATE app SET name = '', uid = NULL, metadata = '{}', blanked_at = ?1 WHERE seq = ?2",
    [cx.now, app.seq],
  );
}

/** A key with which the operator created the application is not found; it expires by itself. */
function deleteIdempotencyKeys(table: string): Phase {
  return function* deleteSome(s, app, { limit }) {
    const { from, before } = scopesOfApp(app.id);
    return yield* s.run(
      `DELETE FROM ${table} WHERE (scope, key) IN
         (SELECT scope, key FROM ${table} WHERE scope >= ?1 AND scope < ?2 LIMIT ?3)`,
      [from, before, limit],
    );
  };
}

/** The oldest events, each after all rows that belong to it. Attempts and deliveries of one may be many. */
function* deleteHistory(s: WriteSession, app: DeletedApp, { now, limit }: Step): Steps<number> {
  const events = yield* s.all<{ seq: number }>(
    `SELECT seq FROM event WHERE app_seq = ?1 ORDER BY ${s.sql.feedPosition} LIMIT ?2`,
    [app.seq, limit],
  );
  if (events.length === 0) return 0;
  const seqs = events.map(({ seq }) => seq);
  const ofEvents = s.sql.oneOf("event_seq", "?1", "bigint");
  const low = s.leastDelivery(Math.min(...seqs));
  const attempts = yield* s.run(
    `DELETE FROM attempt WHERE seq IN
       (SELECT seq FROM attempt WHERE ${ofEvents} AND seq >= ?2 LIMIT ?3) AND seq >= ?2`,
    [seqs, low, limit],
  );
  if (attempts >= limit) return attempts;
  const deliveries = yield* deleteDeliveries(s, { seqs, low, limit, now });
  if (deliveries >= limit) return attempts + deliveries;
  yield* forgetNames(s, seqs, "all");
  yield* s.deleteMessages(seqs);
  yield* s.run(`DELETE FROM attachment WHERE ${ofEvents}`, [seqs]);
  yield* s.run(`DELETE FROM event WHERE ${s.sql.oneOf("seq", "?1", "bigint")}`, [seqs]);
  return events.length;
}

/** A deleted delivery is counted as one that retention deleted (I12). */
function* deleteDeliveries(
  s: WriteSession,
  p: {
    readonly seqs: readonly number[];
    readonly low: number;
    readonly limit: number;
    readonly now: number;
  },
): Steps<number> {
  const rows = yield* s.all<PendingDelivery & { readonly state: number }>(
    `SELECT delivery.seq, endpoint_seq, app_seq, ordering_key, state
     FROM delivery JOIN endpoint ON endpoint.seq = delivery.endpoint_seq
     WHERE ${s.sql.oneOf("event_seq", "?1", "bigint")} AND delivery.seq >= ?2 LIMIT ?3`,
    [p.seqs, p.low, p.limit],
  );
  if (rows.length === 0) return 0;
  const pending = rows.filter(({ state }) => state === STATES.pending);
  yield* endPending(s, pending, { state: "cancelled", reason: null, now: p.now });
  const changes = new Map<number, Record<string, number>>();
  for (const { appSeq, state } of rows) {
    const ended = state === STATES.pending ? STATES.cancelled : state;
    const name = PURGED[ended as keyof typeof PURGED];
    const change = changes.get(appSeq) ?? {};
    changes.set(appSeq, { ...change, [name]: (change[name] ?? 0) + 1 });
  }
  for (const [appSeq, change] of changes) s.tally(appSeq, change);
  yield* s.run(`DELETE FROM delivery WHERE ${s.sql.oneOf("seq", "?1", "bigint")} AND seq >= ?2`, [
    rows.map(({ seq }) => seq),
    p.low,
  ]);
  return rows.length;
}

function deleteFromWindow(table: string): Phase {
  const deleteSome = deleteRows(table, "app_seq, kind, id");
  return function* deleteGathered(s, app, p) {
    yield* s.gatherWindows();
    return yield* deleteSome(s, app, p);
  };
}

function deleteRows(table: string, key: string): Phase {
  return function* deleteSome(s, app, { limit }) {
    return yield* s.run(
      `DELETE FROM ${table} WHERE (${key}) IN
         (SELECT ${key} FROM ${table} WHERE app_seq = ?1 LIMIT ?2)`,
      [app.seq, limit],
    );
  };
}
