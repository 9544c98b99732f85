/**
 * The stored health, breaker and pause of an endpoint: a row of `endpoint_state`, written only when one of
 * them changes state. Without a row all are in their initial state.
 */
import { PROBE_WAITS_MS, type OpenBreaker } from "../../../core/delivery/breaker.ts";
import { CLEAN_HEALTH, type EndpointHealth } from "../../../core/delivery/endpoint-health.ts";
import type { RoutedEndpoint } from "../cluster/routed-endpoint.ts";
import type { Tx } from "../types.ts";

const CLEAN = JSON.stringify(CLEAN_HEALTH);

/** The last of several entries for one endpoint counts. */
export async function saveHealth(
  tx: Tx,
  saved: readonly { readonly endpointSeq: number; readonly health: EndpointHealth }[],
): Promise<void> {
  const last = new Map(saved.map(({ endpointSeq, health }) => [endpointSeq, health]));
  const rows = [...last].toSorted(([one], [other]) => one - other);
  if (rows.length === 0) return;
  await tx.run(
    `INSERT INTO endpoint_state (endpoint_seq, health)
     SELECT * FROM unnest($1::bigint[], $2::text[])
     ON CONFLICT (endpoint_seq) DO UPDATE SET health = excluded.health`,
    [rows.map(([endpointSeq]) => endpointSeq), rows.map(([, health]) => JSON.stringify(health))],
  );
}

export async function saveBreaker(
  tx: Tx,
  endpoint: RoutedEndpoint,
  { open, now }: { open: OpenBreaker | null; now: number },
): Promise<void> {
  await tx.run(
    `INSERT INTO endpoint_state (endpoint_seq, health, breaker, breaker_changed_at, probe_at,
       probe_step, probe_failed_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (endpoint_seq) DO UPDATE SET breaker = excluded.breaker,
       breaker_changed_at = excluded.breaker_changed_at, probe_at = excluded.probe_at,
       probe_step = excluded.probe_step, probe_failed_at = excluded.probe_failed_at`,
    [
      endpoint.seq,
      CLEAN,
      open === null ? "closed" : "open",
      open?.openedAt ?? now,
      open?.probeAt ?? null,
      open?.step ?? null,
      open?.failedAt ?? null,
    ],
  );
}

export async function savePause(tx: Tx, endpointSeq: number, pausedUntil: number): Promise<void> {
  await tx.run(
    `INSERT INTO endpoint_state (endpoint_seq, health, paused_until) VALUES ($1, $2, $3)
     ON CONFLICT (endpoint_seq) DO UPDATE SET paused_until = excluded.paused_until`,
    [endpointSeq, CLEAN, pausedUntil],
  );
}

/**
 * The caller has reason to believe that the receivers work again. The next probe may leave at once, but never
 * within the first wait after the last probe, even after repeated calls. Returns the endpoints whose probe is
 * now sooner; the caller renews their places in the queue.
 */
export async function probeManyNow(
  tx: Tx,
  endpointSeqs: readonly number[],
  now: number,
): Promise<readonly number[]> {
  if (endpointSeqs.length === 0) return [];
  const rows = await tx.sql<{ endpointSeq: number }>(
    `UPDATE endpoint_state SET probe_at = greatest($2::bigint, probe_failed_at + $3::bigint)
     WHERE endpoint_seq = ANY ($1::bigint[]) AND breaker = 'open'
       AND probe_at > greatest($2::bigint, probe_failed_at + $3::bigint)
     RETURNING endpoint_seq`,
    [endpointSeqs, now, PROBE_WAITS_MS[0]],
  );
  return rows.map(({ endpointSeq }) => endpointSeq);
}
