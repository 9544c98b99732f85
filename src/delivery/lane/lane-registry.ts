/**
 * The lanes that are in memory, and the deliveries that they hold together (I5). A lane is dropped when its shard is lost, or
 * when it is idle and more than a bounded number of lanes are.
 */
import type { LeasedDelivery } from "../../store/queue/leased-delivery.ts";
import type { Clock } from "../loops/clock.ts";
import { createLane, hold, isIdle, queuedCount, settleOne, takeAll, type Lane } from "./lane.ts";
import type { LaneLimits } from "./lane-limits.ts";

export type LaneRegistry = {
  all(): Iterable<Lane>;
  find(endpointId: string): Lane | undefined;
  /** Returns the lane of the delivery's endpoint and fence; a lane under another fence is dropped. */
  ensure(delivery: LeasedDelivery): Lane;
  /** Counts one delivery that is leased to the lane. Returns false when all lanes together hold too many. */
  hold(lane: Lane, delivery: LeasedDelivery): boolean;
  /** Counts one delivery of the lane as recorded or released. */
  settle(lane: Lane): void;
  /** Returns how many deliveries all lanes together can take. */
  totalRoom(): number;
  /** Keeps an idle lane for later, up to the number of idle lanes in memory. */
  evictIfIdle(lane: Lane): void;
  /** The lane has work in the store and is not evicted. */
  keep(lane: Lane): void;
  drop(lane: Lane): void;
  /** Lanes above half of their room or paused; they ask for more by themselves. */
  saturated(): ReadonlySet<Lane>;
  setSaturated(lane: Lane, isSaturated: boolean): void;
  /** Returns how many deliveries of these shards are being sent or have an unrecorded outcome. */
  underWay(shards: ReadonlySet<number>): number;
  counts(): { lanes: number; idle: number; queued: number; leased: number };
};

export function createLaneRegistry(limits: LaneLimits, clock: Pick<Clock, "now">): LaneRegistry {
  const lanes = new Map<string, Lane>();
  /** Idle lanes in the order in which they became idle. */
  const idle = new Set<Lane>();
  const saturated = new Set<Lane>();
  let leased = 0;
  let leasedBytes = 0;

  function drop(lane: Lane): void {
    const queued = takeAll(lane).length;
    leased -= queued;
    if (queued > 0) leasedBytes -= (lane.leasedBytes / lane.leased) * queued;
    lane.isDropped = true;
    lane.cancelWake?.();
    lanes.delete(lane.endpointId);
    saturated.delete(lane);
    idle.delete(lane);
  }

  return {
    all: () => lanes.values(),
    find: (endpointId) => lanes.get(endpointId),
    ensure(delivery) {
      const known = lanes.get(delivery.endpointId);
      if (known !== undefined && known.fence === delivery.fence) {
        idle.delete(known);
        return known;
      }
      if (known !== undefined) drop(known);
      const lane = createLane(delivery, limits.mostAtOnce);
      lanes.set(delivery.endpointId, lane);
      return lane;
    },
    hold(lane, delivery) {
      leasedBytes += hold(lane, delivery);
      leased += 1;
      return leased <= limits.leased && leasedBytes <= limits.leasedBytes;
    },
    settle(lane) {
      leasedBytes -= settleOne(lane);
      leased -= 1;
    },
    totalRoom: () => (leasedBytes < limits.leasedBytes ? limits.leased - leased : 0),
    evictIfIdle(lane) {
      if (lane.isDropped || !isIdle(lane, clock.now())) return;
      idle.add(lane);
      const [oldest] = idle;
      if (idle.size > limits.idleLanes && oldest !== undefined) drop(oldest);
    },
    keep: (lane) => void idle.delete(lane),
    drop,
    saturated: () => saturated,
    setSaturated(lane, isSaturated) {
      if (isSaturated && !lane.isDropped) saturated.add(lane);
      else saturated.delete(lane);
    },
    underWay(shards) {
      let count = 0;
      for (const lane of lanes.values()) {
        if (shards.has(lane.shard)) count += lane.leased - queuedCount(lane);
      }
      return count;
    },
    counts() {
      let queued = 0;
      for (const lane of lanes.values()) queued += queuedCount(lane);
      return { lanes: lanes.size, idle: idle.size, queued, leased };
    },
  };
}
