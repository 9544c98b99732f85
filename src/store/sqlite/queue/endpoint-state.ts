/**
 * The saved health, breaker and pause of an endpoint: a row of `endpointState`, written only when a state
 * changes. An endpoint without a row has the initial state.
 */
import { PROBE_WAITS_MS, type OpenBreaker } from "../../../core/delivery/breaker.ts";
import { CLEAN_HEALTH, type EndpointHealth } from "../../../core/delivery/endpoint-health.ts";
import type { CachedEndpoint } from "../thread/writer-state.ts";
import type { Writer } from "../thread/writer-types.ts";

const CLEAN = JSON.stringify(CLEAN_HEALTH);

export function saveHealth({ sql }: Writer, endpointSeq: number, health: EndpointHealth): void {
  sql(
    `INSERT INTO endpointState (endpointSeq, health) VALUES (?, ?)
      ON CONFLICT (endpointSeq) DO UPDATE SET health = excluded.health`,
  ).run(endpointSeq, JSON.stringify(health));
}

export function saveBreaker(
  writer: Writer,
  endpoint: CachedEndpoint,
  p: { open: OpenBreaker | null; now: number },
): void {
  const { open, now } = p;
  writer
    .sql(
      `INSERT INTO endpointState (endpointSeq, health, breaker, breakerChangedAt, probeAt, probeStep,
        probeFailedAt) VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (endpointSeq) DO UPDATE SET breaker = excluded.breaker,
          breakerChangedAt = excluded.breakerChangedAt, probeAt = excluded.probeAt,
          probeStep = excluded.probeStep, probeFailedAt = excluded.probeFailedAt`,
    )
    .run(
      endpoint.seq,
      CLEAN,
      open === null ? "closed" : "open",
      open?.openedAt ?? now,
      open?.probeAt ?? null,
      open?.step ?? null,
      open?.failedAt ?? null,
    );
  writer.state.setProbeAt(endpoint, open?.probeAt ?? null);
}

export function savePause({ sql }: Writer, endpointSeq: number, pausedUntil: number): void {
  sql(
    `INSERT INTO endpointState (endpointSeq, health, pausedUntil) VALUES (?, ?, ?)
      ON CONFLICT (endpointSeq) DO UPDATE SET pausedUntil = excluded.pausedUntil`,
  ).run(endpointSeq, CLEAN, pausedUntil);
}

/**
 * Moves the next probe to now where that is sooner, but never into the first wait after the last probe,
 * even after repeated calls. True when it moved; the caller puts the endpoint into the queue again.
 */
export function moveProbe(writer: Writer, endpointSeq: number, now: number): boolean {
  const endpoint = writer.state.endpointBySeq(endpointSeq);
  if (endpoint === null || endpoint.probeAt === null) return false;
  const row = writer
    .sql("SELECT probeFailedAt FROM endpointState WHERE endpointSeq = ?")
    .get(endpointSeq);
  const probeAt = Math.max(now, (row?.["probeFailedAt"] as number) + PROBE_WAITS_MS[0]);
  if (probeAt >= endpoint.probeAt) return false;
  writer
    .sql("UPDATE endpointState SET probeAt = ? WHERE endpointSeq = ?")
    .run(probeAt, endpointSeq);
  writer.state.setProbeAt(endpoint, probeAt);
  return true;
}
