/** The parked time, the place in the queue and the stored state of endpoints whose status changes. */
import type { EndpointRow } from "./endpoint-row.ts";
import type { Endpoint } from "../interface/endpoints.ts";
import { moveProbes } from "../queue/endpoint-state.ts";
import type { Steps, WriteSession } from "../session.ts";

export type PlannedChange = {
  readonly row: EndpointRow;
  readonly before: Endpoint;
  readonly after: Endpoint;
};

type Parked = Pick<EndpointRow, "parkedMs" | "parkedAt">;

/** Milliseconds for which the endpoint has been parked up to `now`, the current period included. */
export function parkedUntil({ parkedAt, parkedMs }: Parked, now: number): number {
  return parkedAt === null ? parkedMs : parkedMs + Math.max(0, now - parkedAt);
}

/** Parked time runs while an endpoint is not enabled; `claim` moves each schedule by it. */
export function parkedColumns(row: EndpointRow, status: Endpoint["status"], now: number) {
  const { parkedMs, parkedAt } = row;
  if (status === row.status) return { parkedMs, parkedAt };
  if (status !== "enabled") return { parkedMs, parkedAt: parkedAt ?? now };
  return { parkedMs: parkedUntil(row, now), parkedAt: null };
}

/**
 * An endpoint that is no longer enabled leaves the queue at once, however large its backlog. An endpoint
 * that is enabled again returns with its earliest due time.
 */
export function* followStatus(
  s: WriteSession,
  changes: readonly PlannedChange[],
  now: number,
): Steps<void> {
  const changed = changes.filter(({ before, after }) => before.status !== after.status);
  const left = changed.filter(({ after }) => after.status !== "enabled");
  const back = changed.filter(({ after }) => after.status === "enabled");
  // Failures from before an endpoint was disabled must not disable it again at its first new failure.
  const enabledAgain = back.filter(({ before }) => before.status === "disabled");
  yield* forgetStates(s, toSeqs(enabledAgain));
  // The receiver at the previous URL asked for the pause.
  const moved = changes.filter(({ before, after }) => before.url !== after.url);
  yield* forgetPauses(s, toSeqs(moved));
  const probedSooner = yield* moveProbes(s, toSeqs(changes), now);
  yield* s.dequeueEndpoints(toSeqs(left));
  yield* s.requeueEndpoints([...new Set([...toSeqs(back), ...probedSooner])]);
}

function* forgetStates(s: WriteSession, endpointSeqs: readonly number[]): Steps<void> {
  if (endpointSeqs.length === 0) return;
  yield* s.run(`DELETE FROM endpoint_state WHERE ${s.sql.oneOf("endpoint_seq", "?1", "bigint")}`, [
    endpointSeqs,
  ]);
}

function* forgetPauses(s: WriteSession, endpointSeqs: readonly number[]): Steps<void> {
  if (endpointSeqs.length === 0) return;
  yield* s.run(
    `UPDATE endpoint_state SET paused_until = NULL
     WHERE ${s.sql.oneOf("endpoint_seq", "?1", "bigint")} AND paused_until IS NOT NULL`,
    [endpointSeqs],
  );
}

function toSeqs(some: readonly PlannedChange[]): readonly number[] {
  return some.map(({ row }) => row.seq);
}
