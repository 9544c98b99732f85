/**
 * The walk of each kind of job: it reads one index from the end of the last slice, and makes the job's
 * deliveries due. A row is read once, so a delivery that fails again meanwhile is not sent again by the same
 * job.
 */
import type { ReplayKind } from "../interface/jobs.ts";
import { STATES } from "../queue/delivery-state.ts";
import type { Steps, WriteSession } from "../session.ts";
import { walkFailed } from "./failed.ts";
import { walkMissed } from "./missed.ts";
import { makeDueNow, reopen } from "./reopen.ts";
import { lockPresent, selectDeliveries } from "./replayable.ts";
import {
  isInTime,
  type SliceContext,
  type Sliced,
  type Walk,
  walk,
  type WalkContext,
  type WalkReads,
} from "./walk.ts";

type DeliveryRow = {
  readonly seq: number;
  readonly eventSeq: number;
  readonly state: number;
  readonly acceptedAt: number;
};

/** `seq` is the second part of a place in the order of failures. */
export type JobSliced = Sliced & { readonly seq?: number };

export function* slice(
  s: WriteSession,
  kind: ReplayKind,
  cx: SliceContext,
  from: number,
): Steps<JobSliced> {
  if (cx.params.filter.failures !== undefined) {
    const place = { at: from, seq: cx.params.seq ?? 0 };
    const { position, ...sliced } = yield* walk(s, cx, place, walkFailed(s, cx));
    return { ...sliced, position: position.at, seq: position.seq };
  }
  if (kind === "endpoint.replay") return yield* walk(s, cx, from, walkMissed(s, cx));
  return yield* walk(s, cx, from, walkDeliveries(s, kind, cx));
}

/**
 * A recovery takes failed deliveries; while the endpoint is not enabled also parked ones, which are then sent
 * first.
 */
function toStates(kind: ReplayKind, { endpoint, params }: WalkContext): readonly number[] {
  if (kind === "endpoint.recover") {
    const isParked = endpoint.status !== "enabled";
    return isParked ? [STATES.failed, STATES.pending] : [STATES.failed];
  }
  const { state } = params.filter;
  return state === undefined ? [STATES.delivered, STATES.failed] : [STATES[state]];
}

export function walkDeliveries(s: WalkReads, kind: ReplayKind, cx: WalkContext): Walk<DeliveryRow> {
  const { endpoint, params, now } = cx;
  const states = toStates(kind, cx);
  // Failed deliveries are few, and a partial index has them.
  const isFailedOnly = states.length === 1 && states[0] === STATES.failed;
  const { indexedBy } = s.sql;
  const text = `SELECT seq, event_seq, state, accepted_at
    FROM delivery ${indexedBy(isFailedOnly ? "delivery_failed" : "delivery_endpoint")}
    WHERE endpoint_seq = ?1 AND seq >= ?2 AND seq < ?3 ${isFailedOnly ? "AND state = 2" : ""}
    ORDER BY seq LIMIT ?4`;
  return {
    read: (place, count) => s.all<DeliveryRow>(text, [endpoint.seq, place, cx.high, count]),
    select: (rows) =>
      selectDeliveries(
        s,
        cx,
        rows.filter((row) => states.includes(row.state) && isInTime(row.acceptedAt, params)),
      ),
    toPlace: ({ seq }) => seq,
    behind: ({ seq }) => seq + 1,
    end: cx.high,
    adds: ({ state }) => (state === STATES.pending ? 0 : 1),
    *apply(write, rows) {
      const present = yield* lockPresent(write, rows, states);
      const change = params.filter.keepsSchedule === true ? makeDueNow : reopen;
      return yield* change(write, endpoint, present, now);
    },
  };
}
