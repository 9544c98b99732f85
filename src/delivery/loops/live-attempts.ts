/** Reports attempts to the live stream after their commits. Without listeners it holds nothing. */
import type { LiveNotice, LiveTap } from "../../core/live/notice.ts";
import type { RecordedOutcome } from "../../store/interface/queue.ts";
import type { Lane } from "../lane/lane.ts";

export type LiveAttempts = {
  /** Without a client, no outcome needs to be expected. */
  isWatched(): boolean;
  /** The live stream gets this outcome when it is recorded. */
  expect(outcome: RecordedOutcome, eventId: string): void;
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
    isWatched: live.isWatched,
    expect: (outcome, eventId) => void eventIds.set(outcome, eventId),
    recorded(outcomes, lanes, stale) {
      if (eventIds.size === 0) return;
      for (const [index, outcome] of outcomes.entries()) {
        const eventId = eventIds.get(outcome);
        const { appId } = lanes[index] as Lane;
        if (eventId === undefined || !eventIds.delete(outcome)) continue;
        if (stale.includes(outcome.deliveryId)) continue;
        for (const notice of toNotices(outcome, { appId, eventId })) live.notify(notice);
      }
    },
  };
}

/** The attempt, and its endpoint when the attempt changed more than the lists of attempts. */
function toNotices(
  { endpointId, attempt, health, breaker, pausedUntil }: RecordedOutcome,
  { appId, eventId }: { appId: string; eventId: string },
): readonly LiveNotice[] {
  const notices: LiveNotice[] = [];
  if (attempt !== null) {
    const { id, statusCode, succeeded, durationMs } = attempt;
    const facts = { statusCode, succeeded, durationMs };
    notices.push({ kind: "attempt", appId, id, eventId, endpointId, ...facts });
  }
  if (health !== null || breaker !== undefined || pausedUntil !== undefined) {
    notices.push({ kind: "endpoint", appId, id: endpointId });
  }
  return notices;
}
