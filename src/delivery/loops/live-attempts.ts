/** Reports attempts to the live stream after their commits. Without listeners it holds nothing. */
import type { LiveCount, LiveTap } from "../../core/live/notice.ts";
import type { RecordedOutcome } from "../../store/interface/queue.ts";
import type { Lane } from "../lane/lane.ts";

export type LiveAttempts = {
  /** Remembers the event of this outcome until it is recorded, if a notice of it is wanted. */
  expect(outcome: RecordedOutcome, p: { readonly appId: string; readonly eventId: string }): void;
  /** Lanes and outcomes have the same positions. The deliveries in `stale` were not recorded. */
  recorded(
    outcomes: readonly RecordedOutcome[],
    lanes: readonly Lane[],
    stale: readonly number[],
  ): void;
};

export function createLiveAttempts(live: LiveTap): LiveAttempts {
  const eventIds = new Map<RecordedOutcome, string>();
  return {
    expect(outcome, { appId, eventId }) {
      if (live.wanted(appId) === "notices") eventIds.set(outcome, eventId);
    },
    recorded(outcomes, lanes, stale) {
      const counts = new Map<string, LiveCount>();
      for (const [index, outcome] of outcomes.entries()) {
        const eventId = eventIds.get(outcome);
        if (eventId !== undefined) eventIds.delete(outcome);
        const { appId } = lanes[index] as Lane;
        if (eventId === undefined && live.wanted(appId) === "nothing") continue;
        if (stale.includes(outcome.deliveryId)) continue;
        const { endpointId, attempt, health, breaker, pausedUntil } = outcome;
        if (attempt !== null && eventId === undefined) {
          counts.set(appId, addAttempt(counts.get(appId), { appId, isOk: attempt.succeeded }));
        } else if (attempt !== null && eventId !== undefined) {
          const { id, statusCode, succeeded, durationMs } = attempt;
          const facts = { statusCode, succeeded, durationMs };
          live.notify({ kind: "attempt", appId, id, eventId, endpointId, ...facts });
        }
        // The attempt changed more than the lists of attempts.
        if (health !== null || breaker !== undefined || pausedUntil !== undefined) {
          live.notify({ kind: "endpoint", appId, id: endpointId });
        }
      }
      for (const count of counts.values()) live.notify(count);
    },
  };
}

function addAttempt(
  count: LiveCount | undefined,
  { appId, isOk }: { readonly appId: string; readonly isOk: boolean },
): LiveCount {
  const { attempts = 0, failures = 0 } = count ?? {};
  return {
    kind: "count",
    appId,
    events: 0,
    attempts: attempts + 1,
    failures: failures + (isOk ? 0 : 1),
  };
}
