/**
 * Claims due work from the store for the lanes: first the endpoints, then deliveries up to the room of their
 * lanes. One timer is set to the next due instant, and a caller that makes work due wakes the loop sooner. An
 * endpoint with more due work than its lane has room for is claimed again once the lane has drained below
 * half. Until then it costs nothing (I4). Work that was just accepted does not pass through this loop.
 */
import type { Instant } from "../../core/snapshot.ts";
import type { QueueStore } from "../../store/interface/queue.ts";
import type { LeasedDelivery } from "../../store/queue/leased-delivery.ts";
import type { Telemetry } from "../../telemetry/events.ts";
import type { Clock } from "./clock.ts";
import { createStoreCalls } from "../../telemetry/store-calls.ts";

/** The part of the lanes that the loop uses. */
export type ClaimingLanes = {
  accept(leased: readonly LeasedDelivery[]): void;
  /** Returns how many deliveries the endpoint's lane can take; 0 when the lane will ask by itself. */
  countRoom(endpointId: string): number;
  /** Returns how many deliveries all lanes together can take. */
  totalRoom(): number;
  /** Records that the store has more; returns false when there is no saturated lane to ask for it. */
  markHasMore(endpointId: string): boolean;
  /** Returns the endpoints whose lanes will ask by themselves. */
  saturatedEndpoints(): readonly string[];
};

export type ClaimLoop = {
  /** Schedules a poll at `at`, when work may be due. */
  wakeAt(at: Instant): void;
  /** Requests a claim for this endpoint: it has work due and its lane has room. */
  want(endpointId: string): void;
  /** Continues claims that waited for room, after lanes have drained. */
  resume(): void;
  stop(): void;
};

const SCAN_LIMIT = 256;
const CLAIM_LIMIT = 64;
/**
 * Wait after the store named endpoints and then leased nothing: another node or a recent change was faster.
 */
const NOTHING_FOUND_MS = 1000;
/** Drained lanes resume the loop; this poll is a safeguard. */
const NO_ROOM_MS = 1000;
const FIRST_PAUSE_MS = 200;
const LAST_PAUSE_MS = 5000;

export function createClaimLoop(given: {
  store: Pick<QueueStore, "dueEndpoints" | "claim" | "pollIntervalMs">;
  owner: string;
  clock: Clock;
  telemetry: Telemetry;
  lanes: ClaimingLanes;
}): ClaimLoop {
  const { store, owner, clock, telemetry, lanes } = given;
  const calls = createStoreCalls(telemetry, "claim");
  const wanted = new Set<string>();
  let scanAt: Instant = clock.now();
  let isRunning = false;
  let isStopped = false;
  let pauseMs = 0;
  let pausedUntil: Instant = 0;
  let timer: { readonly at: Instant; readonly cancel: () => void } | null = null;

  async function run(): Promise<void> {
    if (isRunning || isStopped) return;
    isRunning = true;
    try {
      // Endpoints that are requested one after the other share a claim.
      await Promise.resolve();
      while (hasWork()) {
        await round();
        calls.worked();
      }
      pauseMs = 0;
    } catch (err) {
      if (!isStopped) calls.failed(err);
      pauseMs = Math.min(Math.max(pauseMs * 2, FIRST_PAUSE_MS), LAST_PAUSE_MS);
      pausedUntil = clock.now() + pauseMs;
      scanAt = Math.min(scanAt, pausedUntil);
    } finally {
      isRunning = false;
    }
    arm();
  }

  function hasWork(): boolean {
    if (clock.now() < pausedUntil) return false;
    return canClaim() || (!isStopped && lanes.totalRoom() > 0 && clock.now() >= scanAt);
  }

  function canClaim(): boolean {
    return wanted.size > 0 && !isStopped && lanes.totalRoom() > 0;
  }

  async function round(): Promise<void> {
    const isScanDue = clock.now() >= scanAt;
    const found = isScanDue ? await scan() : 0;
    const hadRequests = found === 0 && canClaim();
    let claimed = 0;
    while (canClaim()) claimed += await claimSome();
    // Endpoints just claimed from may be due again later, which only another poll shows. The same is true of
    // endpoints that asked and got nothing, since earlier polls left them out.
    if (claimed > 0 || hadRequests) scanAt = Math.min(scanAt, clock.now());
    else if (found > 0) scanAt = Math.min(scanAt, clock.now() + NOTHING_FOUND_MS);
  }

  async function scan(): Promise<number> {
    const now = clock.now();
    scanAt = now + store.pollIntervalMs();
    const except = lanes.saturatedEndpoints();
    try {
      const page = await store.dueEndpoints({ owner, now, limit: SCAN_LIMIT, except });
      for (const endpointId of page.endpointIds) wanted.add(endpointId);
      scanAt = Math.min(scanAt, page.nextDueAt ?? scanAt);
      return page.endpointIds.length;
    } catch (error) {
      scanAt = now;
      throw error;
    }
  }

  async function claimSome(): Promise<number> {
    const endpoints: { endpointId: string; room: number }[] = [];
    let left = lanes.totalRoom();
    for (const endpointId of wanted) {
      if (endpoints.length === CLAIM_LIMIT || left <= 0) break;
      wanted.delete(endpointId);
      const room = Math.min(lanes.countRoom(endpointId), left);
      left -= room;
      if (room > 0) endpoints.push({ endpointId, room });
    }
    if (endpoints.length === 0) return 0;
    try {
      const { leased, more } = await store.claim({ owner, now: clock.now(), endpoints });
      lanes.accept(leased);
      for (const endpointId of more) if (!lanes.markHasMore(endpointId)) wanted.add(endpointId);
      return leased.length;
    } catch (error) {
      for (const { endpointId } of endpoints) wanted.add(endpointId);
      throw error;
    }
  }

  function arm(): void {
    if (isRunning || isStopped) return;
    const hasRoom = lanes.totalRoom() > 0;
    const at = Math.max(hasRoom ? scanAt : clock.now() + NO_ROOM_MS, pausedUntil);
    if (timer?.at === at) return;
    timer?.cancel();
    const cancel = clock.setTimer(at, () => {
      timer = null;
      void run();
    });
    timer = { at, cancel };
  }

  return {
    wakeAt(at) {
      if (at >= scanAt && timer !== null) return;
      scanAt = Math.min(scanAt, at);
      if (at <= clock.now()) void run();
      else arm();
    },
    want(endpointId) {
      wanted.add(endpointId);
      void run();
    },
    resume() {
      if (wanted.size > 0 || clock.now() >= scanAt) void run();
    },
    stop() {
      isStopped = true;
      timer?.cancel();
    },
  };
}
