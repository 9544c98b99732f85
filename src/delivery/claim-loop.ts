/**
 * Brings due work from the store to the lanes: endpoints first, then up to the room of their lanes.
 * One timer stands at the next due instant; whoever makes work due wakes it sooner. An endpoint with
 * more due than its lane has room for comes again when the lane has drained below half, and costs
 * nothing until then (I4). Work that was just accepted does not pass here at all.
 */
import type { Instant } from "../core/snapshot.ts";
import type { QueueStore } from "../store/queue.ts";
import type { LeasedDelivery } from "../store/leased-delivery.ts";
import type { Telemetry } from "../telemetry/events.ts";
import type { Clock } from "./clock.ts";
import { createStoreCalls } from "../telemetry/store-calls.ts";

/** What the loop asks of the lanes. */
export type ClaimingLanes = {
  accept(leased: readonly LeasedDelivery[]): void;
  /** How much the endpoint's lane may be given; 0 when it will ask by itself. */
  countRoom(endpointId: string): number;
  /** How much all lanes together may be given. */
  totalRoom(): number;
  /** Notes that the store has more; false when there is no lane to ask for it. */
  markHasMore(endpointId: string): boolean;
  /** Endpoints whose lanes will ask by themselves. */
  saturatedEndpoints(): readonly string[];
};

export type ClaimLoop = {
  /** Something may be due at `at`. */
  wakeAt(at: Instant): void;
  /** This endpoint has work due and its lane has room. */
  want(endpointId: string): void;
  /** Lanes have drained: what waited for room may go on. */
  resume(): void;
  stop(): void;
};

const SCAN_LIMIT = 256;
const CLAIM_LIMIT = 64;
/** The store named endpoints and then gave nothing: another node, or a change just now. */
const NOTHING_FOUND_MS = 1000;
/** Drained lanes say so themselves; this is in case nobody does. */
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
      // Endpoints that are wanted one after the other are claimed for together.
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
    const wereAsking = found === 0 && canClaim();
    let claimed = 0;
    while (canClaim()) claimed += await claimSome();
    // The endpoints just claimed from may be due again later, which only another look can tell; so
    // may those that asked and got nothing, since the looks before have left them out.
    if (claimed > 0 || wereAsking) scanAt = Math.min(scanAt, clock.now());
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
