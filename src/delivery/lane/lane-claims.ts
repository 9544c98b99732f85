/**
 * The lanes as the claim loop sees them: how many deliveries each can take. A lane above half of its room is
 * saturated. Polls leave it out, and it asks for more once it has drained.
 */
import type { Emit } from "../engine-events.ts";
import type { Clock } from "../loops/clock.ts";
import type { Lane } from "./lane.ts";
import { claimRoom, isSaturated, type LaneLimits } from "./lane-limits.ts";
import type { LaneRegistry } from "./lane-registry.ts";
import { wakeLaneAt } from "./lane-timer.ts";

export type LaneClaims = {
  /** Returns how many deliveries the endpoint's lane can take; 0 when the lane will ask by itself. */
  countRoom(endpointId: string): number;
  /** Returns how many deliveries all lanes together can take. */
  totalRoom(): number;
  /** Records that the store has more; returns false when there is no saturated lane to ask for it. */
  markHasMore(endpointId: string): boolean;
  /** Returns the endpoints whose lanes will ask by themselves. */
  saturatedEndpoints(): readonly string[];
  /** Finds out again whether the lane is saturated. */
  updateSaturation(lane: Lane): void;
  /** Asks for more if the store has more and the lane can take it. */
  askForMore(lane: Lane): void;
};

export function createLaneClaims(given: {
  registry: LaneRegistry;
  limits: LaneLimits;
  clock: Clock;
  emit: Emit;
}): LaneClaims {
  const { registry, limits, clock, emit } = given;
  const saturated = registry.saturated();

  return {
    countRoom(endpointId) {
      const lane = registry.find(endpointId);
      const room = claimRoom(lane, limits, clock.now());
      if (lane === undefined) return room;
      lane.hasMore = saturated.has(lane);
      // Claims ask for this lane now; if they lease nothing, no later step would evict it.
      registry.evictIfIdle(lane);
      return lane.hasMore ? 0 : Math.max(0, room - lane.leased);
    },
    totalRoom: registry.totalRoom,
    markHasMore(endpointId) {
      const lane = registry.find(endpointId);
      if (lane === undefined) return false;
      lane.hasMore = true;
      registry.keep(lane);
      return saturated.has(lane);
    },
    saturatedEndpoints() {
      // Polls leave these lanes out and cannot report that there is more, so the lanes must ask.
      for (const lane of saturated) lane.hasMore = true;
      return Array.from(saturated, ({ endpointId }) => endpointId);
    },
    updateSaturation(lane) {
      const now = clock.now();
      registry.setSaturated(lane, isSaturated(lane, limits, now));
      const { pausedUntil } = lane.adaptive;
      if (pausedUntil > now) wakeLaneAt(lane, pausedUntil, given);
    },
    askForMore(lane) {
      if (lane.hasMore && !saturated.has(lane)) {
        emit({ kind: "wanted", endpointId: lane.endpointId });
      }
    },
  };
}
