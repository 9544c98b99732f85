/** The state of a delivery as clients see it. It may have several parts, which are webhooks of one event. */
import type { EndpointStatus } from "../../core/events/endpoint-match.ts";
import { toNextAttemptAt } from "../endpoints/endpoint-outlook.ts";
import type { DeliveryStatus } from "../interface/history.ts";
import type { HistorySession } from "./session.ts";

/** Summary of the parts of one event at one endpoint. */
export type PartsRow = {
  readonly eventSeq: number;
  readonly endpointId: string;
  readonly endpointStatus: EndpointStatus;
  readonly pending: number;
  readonly leased: number;
  /** Pending parts with a failed attempt. */
  readonly retrying: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly dueAt: number | null;
  readonly probeAt: number | null;
  readonly pausedUntil: number | null;
};

/** The state that clients see. */
export type Outside = { readonly status: DeliveryStatus; readonly nextAttemptAt: number | null };

/**
 * A pending delivery that has failed since its schedule began. Sending it again begins a new schedule, and a
 * fault of the server adds no attempt.
 */
export const RETRYING = "state = 0 AND (slot > 1 OR (attempts > 0 AND NOT manual))";

/** `?1` is the lease clock. A delivery is leased while it has the fence of its shard, and the shard's owner may send. */
export function toPartsText(s: HistorySession): string {
  return `SELECT delivery.event_seq, min(endpoint.id) AS endpoint_id,
      min(endpoint.status) AS endpoint_status,
      count(*) FILTER (WHERE state = 0) AS pending,
      count(*) FILTER (WHERE state = 0 AND delivery.fence = held.fence) AS leased,
      count(*) FILTER (WHERE ${RETRYING}) AS retrying,
      count(*) FILTER (WHERE state = 2) AS failed,
      count(*) FILTER (WHERE state = 3) AS cancelled,
      min(due_at) FILTER (WHERE state = 0) AS due_at, min(probe_at) AS probe_at,
      min(paused_until) AS paused_until
    FROM delivery JOIN endpoint ON endpoint.seq = delivery.endpoint_seq
    LEFT JOIN ${s.heldShards} AS held ON held.shard = endpoint.shard
    LEFT JOIN endpoint_state ON endpoint_state.endpoint_seq = delivery.endpoint_seq`;
}

export function toOutside(row: PartsRow): Outside {
  const status = toStatus(row);
  const isWaiting = status === "pending" || status === "retrying";
  return { status, nextAttemptAt: isWaiting ? toNextAttemptAt(row) : null };
}

/** The least finished part decides; `parked` and `cancelled` follow from the endpoint. */
function toStatus(row: PartsRow): DeliveryStatus {
  if (row.leased > 0) return "sending";
  if (row.pending > 0) {
    if (row.endpointStatus === "enabled") return row.retrying > 0 ? "retrying" : "pending";
    return row.endpointStatus === "deleted" ? "cancelled" : "parked";
  }
  if (row.failed > 0) return "failed";
  return row.cancelled > 0 ? "cancelled" : "delivered";
}
