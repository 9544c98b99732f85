/**
 * The stored health, breaker and pause of endpoints: rows of `endpoint_state`, written only when one of them
 * changes. An endpoint without a row has the initial state.
 */
import { PROBE_WAITS_MS, type OpenBreaker } from "../../core/delivery/breaker.ts";
import { CLEAN_HEALTH, type EndpointHealth } from "../../core/delivery/endpoint-health.ts";
import type { NewRow, Steps, WriteSession } from "../session.ts";

const TABLE = "endpoint_state";
const CLEAN = JSON.stringify(CLEAN_HEALTH);

export function* saveHealth(
  s: WriteSession,
  byEndpoint: ReadonlyMap<number, EndpointHealth>,
): Steps<void> {
  const rows = inOrder(byEndpoint, (health) => ({ health: JSON.stringify(health) }));
  yield* s.upsert(TABLE, rows, { key: "endpointSeq", update: ["health"] });
}

/** Null is a breaker that has closed. */
export function* saveBreakers(
  s: WriteSession,
  byEndpoint: ReadonlyMap<number, OpenBreaker | null>,
  now: number,
): Steps<void> {
  const rows = inOrder(byEndpoint, (open) => ({
    health: CLEAN,
    breaker: open === null ? "closed" : "open",
    breakerChangedAt: open?.openedAt ?? now,
    probeAt: open?.probeAt ?? null,
    probeStep: open?.step ?? null,
    probeFailedAt: open?.failedAt ?? null,
  }));
  const update = ["breaker", "breakerChangedAt", "probeAt", "probeStep", "probeFailedAt"];
  yield* s.upsert(TABLE, rows, { key: "endpointSeq", update });
  for (const [endpointSeq, open] of byEndpoint) s.probeMoved(endpointSeq, open?.probeAt ?? null);
}

export function* savePauses(s: WriteSession, byEndpoint: ReadonlyMap<number, number>): Steps<void> {
  const rows = inOrder(byEndpoint, (pausedUntil) => ({ health: CLEAN, pausedUntil }));
  yield* s.upsert(TABLE, rows, { key: "endpointSeq", update: ["pausedUntil"] });
}

/** All transactions write and lock these rows in the order of their endpoints. */
function inOrder<Value>(
  byEndpoint: ReadonlyMap<number, Value>,
  toRow: (value: Value) => NewRow,
): readonly NewRow[] {
  return [...byEndpoint]
    .toSorted(([one], [other]) => one - other)
    .map(([endpointSeq, value]) => ({ endpointSeq, ...toRow(value) }));
}

/** The caller has reason to believe that the receivers work again: a probe may be due at once. */
export function* probeNow(
  s: WriteSession,
  endpointSeqs: readonly number[],
  now: number,
): Steps<void> {
  yield* s.requeueEndpoints(yield* moveProbes(s, endpointSeqs, now));
}

/**
 * Moves the next probes to now where that is sooner, and returns the endpoints whose probe moved. The caller puts
 * these into the queue again.
 */
export function* moveProbes(
  s: WriteSession,
  endpointSeqs: readonly number[],
  now: number,
): Steps<readonly number[]> {
  if (endpointSeqs.length === 0) return [];
  const open = yield* s.all<{ endpointSeq: number; probeAt: number; probeFailedAt: number }>(
    `SELECT endpoint_seq, probe_at, probe_failed_at FROM endpoint_state
     WHERE ${s.sql.oneOf("endpoint_seq", "?1", "bigint")} AND breaker = 'open'
     ORDER BY endpoint_seq ${s.sql.forUpdate}`,
    [endpointSeqs],
  );
  const moved: number[] = [];
  for (const { endpointSeq, probeAt, probeFailedAt } of open) {
    // Even repeated calls move no probe into the first wait after the last one.
    const sooner = Math.max(now, probeFailedAt + PROBE_WAITS_MS[0]);
    if (sooner >= probeAt) continue;
    yield* s.run("UPDATE endpoint_state SET probe_at = ?1 WHERE endpoint_seq = ?2", [
      sooner,
      endpointSeq,
    ]);
    s.probeMoved(endpointSeq, sooner);
    moved.push(endpointSeq);
  }
  return moved;
}
