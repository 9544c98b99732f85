/**
 * The slice of each kind of job: it walks one index from where the last slice stopped, and makes the job's
 * deliveries due. A row is read once, so a delivery that fails again meanwhile is not sent again by the same
 * job.
 */
import { STATES } from "../../queue/delivery-state.ts";
import { passesFilter } from "../../history/event-filter.ts";
import type { JobKind } from "../../interface/jobs.ts";
import { eventOfRow } from "../history/event-rows.ts";
import { replayMissed } from "./jobs-missed.ts";
import {
  isInTime,
  isReplayable,
  lockEvents,
  type ReplayedEvent,
  type SliceContext,
  type Sliced,
  walk,
} from "./jobs-walk.ts";
import { makeDueNow, reopen, type ReopenedRow } from "./replay.ts";
import { toLeastId } from "../history/time-position.ts";
import type { Tx } from "../types.ts";

type Slice = (tx: Tx, cx: SliceContext, position: number) => Promise<Sliced>;

export const SLICES: Readonly<Record<JobKind, Slice>> = {
  "endpoint.recover": recover,
  "endpoint.replay": replayMissed,
  "endpoint.bulk-replay": replayFiltered,
};

type DeliveryRow = ReplayedEvent & {
  readonly place: number;
  readonly eventSeq: number;
  readonly state: number;
  readonly acceptedAt: number;
};

const EVENT = eventOfRow(
  "type, channels, tags, position, accepted_at, deliver_at, payload IS NOT NULL AS has_content",
  { seq: "listed.event_seq" },
);

/** A left join: the event may be gone, and the walk continues after it. */
function deliveries(where: string): string {
  return `SELECT listed.seq AS place, listed.event_seq, listed.state, listed.accepted_at, event.type,
      event.channels, event.tags, event.position AS event_position,
      event.accepted_at AS event_accepted_at, event.deliver_at,
      event.has_content
    FROM (SELECT seq, event_seq, state, accepted_at FROM delivery
        WHERE endpoint_seq = $1 AND seq >= $2 AND seq < $3 ${where} ORDER BY seq LIMIT $4) AS listed
      LEFT JOIN ${EVENT} ON true
    ORDER BY listed.seq`;
}
const FAILED_DELIVERIES = deliveries("AND state = 2");
const ALL_DELIVERIES = deliveries("");

/**
 * Replays failed deliveries and, while the endpoint is not enabled, the parked ones, which then leave first.
 */
async function recover(tx: Tx, cx: SliceContext, position: number): Promise<Sliced> {
  const isParked = cx.endpoint.status !== "enabled";
  return await walkDeliveries(tx, cx, position, {
    text: isParked ? ALL_DELIVERIES : FAILED_DELIVERIES,
    states: isParked ? [STATES.failed, STATES.pending] : [STATES.failed],
    select: async (rows) => rows,
  });
}

async function replayFiltered(tx: Tx, cx: SliceContext, position: number): Promise<Sliced> {
  const { filter } = cx.params;
  const asked = filter.statusCodeClass;
  return await walkDeliveries(tx, cx, position, {
    text: filter.state === "failed" ? FAILED_DELIVERIES : ALL_DELIVERIES,
    states: filter.state === undefined ? [STATES.delivered, STATES.failed] : [STATES[filter.state]],
    async select(rows) {
      const passing = rows.filter((row) => passesFilter(filter, row));
      if (asked === undefined) return passing;
      const classes = await lastClasses(tx, passing);
      return passing.filter(({ place }) => classes.get(place) === asked);
    },
  });
}

async function walkDeliveries(
  tx: Tx,
  cx: SliceContext,
  position: number,
  p: {
    text: string;
    states: readonly number[];
    select: (rows: readonly DeliveryRow[]) => Promise<readonly DeliveryRow[]>;
  },
): Promise<Sliced> {
  const { endpoint, params, now } = cx;
  return await walk<DeliveryRow>(tx, cx, position, {
    read: (from, count) => tx.sql<DeliveryRow>(p.text, [endpoint.seq, from, cx.high, count]),
    select: (rows) =>
      p.select(
        rows.filter(
          (row) =>
            p.states.includes(row.state) &&
            isInTime(row.acceptedAt, params) &&
            isReplayable(row, cx) &&
            // No replay sends a delivery before its `deliverAt`.
            (row.deliverAt ?? 0) <= now,
        ),
      ),
    adds: ({ state }) => (state === STATES.pending ? 0 : 1),
    async apply(rows) {
      const eventSeqs = await lockEvents(tx, rows, "SHARE");
      const locked = await tx.sql<ReopenedRow & { eventSeq: number }>(
        `SELECT seq, event_seq, state, ordering_key FROM delivery
         WHERE seq = ANY ($1::bigint[]) AND state = ANY ($2::smallint[]) ORDER BY seq FOR UPDATE`,
        [rows.map(({ place }) => place), p.states],
      );
      const there = locked.filter(({ eventSeq }) => eventSeqs.has(eventSeq));
      const change = params.filter.keepsSchedule === true ? makeDueNow : reopen;
      return await change(tx, endpoint, there, now);
    },
  });
}

/** Status class (0, 100 … 500) of the last attempt of each tried delivery, by the delivery. */
async function lastClasses(
  tx: Tx,
  rows: readonly DeliveryRow[],
): Promise<ReadonlyMap<number, number>> {
  if (rows.length === 0) return new Map();
  const eventSeqs = rows.map(({ eventSeq }) => eventSeq);
  const last = await tx.sql<{ deliverySeq: number; statusCode: number }>(
    `SELECT DISTINCT ON (delivery_seq) delivery_seq, status_code FROM attempt
     WHERE event_seq = ANY ($1::bigint[]) AND delivery_seq = ANY ($2::bigint[]) AND seq >= $3
     ORDER BY delivery_seq, seq DESC`,
    [eventSeqs, rows.map(({ place }) => place), toLeastId(Math.min(...eventSeqs))],
  );
  return new Map(
    last.map(({ deliverySeq, statusCode }) => [deliverySeq, Math.floor(statusCode / 100) * 100]),
  );
}
