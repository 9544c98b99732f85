/**
 * The walk of a job over failed deliveries in the order in which they failed. A delivery that is made due leaves
 * the index, and one that fails again has a later place than the end of the job.
 */
import { BEFORE_ALL, type FailurePlace } from "../failures/place.ts";
import { type FailedRow, judgeFailures, newFacts, readFailed } from "../failures/read.ts";
import { STATES } from "../queue/delivery-state.ts";
import { reopen } from "./reopen.ts";
import { lockPresent, selectDeliveries } from "./replayable.ts";
import { isInTime, type Walk, type WalkContext, type WalkReads } from "./walk.ts";

export function walkFailed(s: WalkReads, cx: WalkContext): Walk<FailedRow, FailurePlace> {
  const { endpoint, params, now } = cx;
  const end = { at: cx.high, seq: BEFORE_ALL };
  return {
    read: (from, count) =>
      readFailed(
        s,
        { of: "endpoint", seq: endpoint.seq },
        { low: { at: from.at, seq: from.seq - 1 }, high: end, upwards: true, count },
      ),
    *select(rows) {
      const inTime = rows.filter(({ acceptedAt }) => isInTime(acceptedAt, params));
      const judged = yield* judgeFailures(s, inTime, params.filter.failures ?? {}, newFacts());
      return yield* selectDeliveries(s, cx, judged);
    },
    toPlace: ({ failedAt, seq }) => ({ at: failedAt, seq }),
    behind: ({ failedAt, seq }) => ({ at: failedAt, seq: seq + 1 }),
    end,
    adds: () => 1,
    *apply(write, rows) {
      const present = yield* lockPresent(write, rows, [STATES.failed]);
      return yield* reopen(write, endpoint, present, now);
    },
  };
}
