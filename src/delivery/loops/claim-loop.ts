/**
 * Claims due work from the store for the lanes: first the endpoints, then deliveries up to the room of their
 * lanes. One timer is set to the next due instant, and a caller that makes work due wakes the loop sooner. An
 * endpoint with more due work than its lane has room for is claimed again once the lane has drained below
 * half. Until then it costs nothing (I4). Work that was just accepted does not pass through this loop.
 */
import type { Instant } from "../../core/snapshot.ts";
import type { QueueStore } from "../../store/interface/queue.ts";
import type { Telemetry } from "../../telemetry/events.ts";
import type { LaneClaims } from "../lane/lane-claims.ts";
import type { Lanes } from "../lane/lanes.ts";
import type { Clock } from "./clock.ts";
import { createLoop, type Backoff } from "./loop.ts";
import { createStoreCalls } from "../../telemetry/store-calls.ts";

export type ClaimLoop = {
  /** Schedules a poll at `at`, when work may be due. */
  wakeAt(at: Instant): void;
  /** These endpoints have due work: saturated lanes note it and ask later, the others need a poll. */
  wakeFor(endpointIds: readonly string[]): void;
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
/**
 * Wait while an application holds its share of the leases. Leases that end meanwhile resume the loop sooner.
 */
const HELD_BACK_MS = 250;
const BACKOFF: Backoff = { firstMs: 200, lastMs: 5000 };

export function createClaimLoop(given: {
  store: Pick<QueueStore, "dueEndpoints" | "claim" | "pollIntervalMs">;
  owner: string;
  clock: Clock;
  telemetry: Telemetry;
  claims: Omit<LaneClaims, "updateSaturation" | "askForMore">;
  lanes: Pick<Lanes, "accept">;
  /** Leases of all lanes that must end before applications without a share are polled again. */
  drainedBy: number;
}): ClaimLoop {
  const { store, owner, clock, telemetry, claims, lanes, drainedBy } = given;
  const wanted = new Set<string>();
  let scanAt: Instant = clock.now();
  /** The room when a poll left out an application without a share; null when it left out none. */
  let heldBackRoom: number | null = null;
  const calls = createStoreCalls(telemetry, "claim");
  const loop = createLoop({ clock, calls, backoff: BACKOFF, work: round });

  function canClaim(): boolean {
    return wanted.size > 0 && !loop.isStopped() && claims.totalRoom() > 0;
  }

  function hasWork(): boolean {
    return canClaim() || (claims.totalRoom() > 0 && clock.now() >= scanAt);
  }

  async function round(): Promise<Instant> {
    if (!hasWork()) return nextAt();
    const isScanDue = clock.now() >= scanAt;
    const found = isScanDue ? await scan() : 0;
    const hadRequests = found === 0 && canClaim();
    let claimed = 0;
    while (canClaim()) claimed += await claimSome();
    // Endpoints just claimed from may be due again later, which only another poll shows. The same is true of
    // endpoints that asked and got nothing, since earlier polls left them out.
    if (claimed > 0 || hadRequests) scanAt = Math.min(scanAt, clock.now());
    else if (found > 0) scanAt = Math.min(scanAt, clock.now() + NOTHING_FOUND_MS);
    return nextAt();
  }

  function nextAt(): Instant {
    if (claims.totalRoom() <= 0) return clock.now() + NO_ROOM_MS;
    return wanted.size > 0 ? clock.now() : scanAt;
  }

  async function scan(): Promise<number> {
    const now = clock.now();
    scanAt = now + store.pollIntervalMs();
    const except = claims.saturatedEndpoints();
    try {
      const page = await store.dueEndpoints({ owner, now, limit: SCAN_LIMIT, except });
      for (const endpointId of page.endpointIds) wanted.add(endpointId);
      scanAt = Math.min(scanAt, page.nextDueAt ?? scanAt);
      heldBackRoom = page.isHeldBack === true ? claims.totalRoom() : null;
      if (heldBackRoom !== null) scanAt = Math.min(scanAt, now + HELD_BACK_MS);
      return page.endpointIds.length;
    } catch (error) {
      scanAt = now;
      throw error;
    }
  }

  async function claimSome(): Promise<number> {
    const endpoints: { endpointId: string; room: number }[] = [];
    let left = claims.totalRoom();
    for (const endpointId of wanted) {
      if (endpoints.length === CLAIM_LIMIT || left <= 0) break;
      wanted.delete(endpointId);
      const room = Math.min(claims.countRoom(endpointId), left);
      left -= room;
      if (room > 0) endpoints.push({ endpointId, room });
    }
    if (endpoints.length === 0) return 0;
    try {
      const { leased, more } = await store.claim({ owner, now: clock.now(), endpoints });
      lanes.accept(leased);
      for (const endpointId of more) if (!claims.markHasMore(endpointId)) wanted.add(endpointId);
      return leased.length;
    } catch (error) {
      for (const { endpointId } of endpoints) wanted.add(endpointId);
      throw error;
    }
  }

  function wakeAt(at: Instant): void {
    scanAt = Math.min(scanAt, at);
    loop.wakeAt(at);
  }

  return {
    wakeAt,
    wakeFor(endpointIds) {
      let isPollDue = false;
      for (const endpointId of endpointIds) {
        isPollDue = !claims.markHasMore(endpointId) || isPollDue;
      }
      if (isPollDue) wakeAt(clock.now());
    },
    want(endpointId) {
      wanted.add(endpointId);
      loop.wake();
    },
    resume() {
      const hasDrained = heldBackRoom !== null && claims.totalRoom() - heldBackRoom >= drainedBy;
      if (hasDrained) wakeAt(clock.now());
      else if (hasWork()) loop.wake();
    },
    stop: loop.stop,
  };
}
