/** The next attempt of an endpoint, and the probe of its breaker. */
import { findFence } from "../history/fence.ts";
import type { HistorySession } from "../history/session.ts";
import type { EndpointOutlook } from "../interface/endpoints.ts";
import type { Steps } from "../session.ts";
import { findApp } from "../tenancy/app-row.ts";
import { findEndpoint } from "./rows.ts";

type Waiting = {
  readonly dueAt: number | null;
  readonly probeAt: number | null;
  readonly pausedUntil: number | null;
};

/** The instants of the breaker are null while it is closed. */
type OutlookRow = Waiting & {
  readonly status: string;
  readonly breaker: string | null;
  readonly breakerChangedAt: number | null;
};

export function* endpointOutlook(
  s: HistorySession,
  p: { appRef: string; ref: string },
): Steps<EndpointOutlook | null> {
  const app = yield* findApp(s, p.appRef);
  const endpoint = app === null ? null : yield* findEndpoint(s, app.seq, p.ref);
  if (endpoint === null) return null;
  // The first row of the partial index delivery_due that is not leased.
  const row = yield* s.one<OutlookRow>(
    `SELECT status, breaker, breaker_changed_at, probe_at, paused_until,
       (SELECT due_at FROM delivery WHERE delivery.endpoint_seq = endpoint.seq AND state = 0
          AND due_at IS NOT NULL AND fence IS DISTINCT FROM CAST(?2 AS BIGINT)
        ORDER BY due_at LIMIT 1) AS due_at
     FROM endpoint LEFT JOIN endpoint_state ON endpoint_state.endpoint_seq = endpoint.seq
     WHERE endpoint.seq = ?1`,
    [endpoint.seq, yield* findFence(s, endpoint.shard)],
  );
  return toOutlook(row as OutlookRow);
}

function toOutlook(row: OutlookRow): EndpointOutlook {
  const { breakerChangedAt, probeAt } = row;
  const isOpen = row.breaker === "open" && breakerChangedAt !== null && probeAt !== null;
  return {
    nextAttemptAt: row.status === "enabled" ? toNextAttemptAt(row) : null,
    breaker: isOpen ? { openedAt: breakerChangedAt, probeAt } : null,
  };
}

/** Sending waits for the probe of an open breaker, and for the end of a pause that the receiver asked for. */
export function toNextAttemptAt({ dueAt, probeAt, pausedUntil }: Waiting): number | null {
  return dueAt === null ? null : Math.max(dueAt, probeAt ?? 0, pausedUntil ?? 0);
}
