/**
 * The bounded queue before accept (I5), and its groups. While one group commits, the next one gathers.
 * Publishers that were just answered soon publish again, so under load the queue waits briefly for them. At
 * a low rate nothing waits, because publishers who did not wait for an answer are not about to publish. When a group fails with a bug, each of its publishes is tried alone, so that one
 * publish cannot fail the others.
 *
 * A group that takes long, or waits for a lock, does not hold up other applications: another lane takes the
 * next group. An application is in one group at a time, which keeps the order of its publishes.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { createAcceptGroups } from "../../accept/accept-groups.ts";
import { createAcceptRoom, type AcceptLimits, type Place } from "../../accept/accept-room.ts";
import { closedStore } from "../../refusals.ts";
import type { Publish, PublishResult } from "../../interface/accept.ts";
import { toFault } from "../server/pg-error.ts";

export type AcceptQueue = {
  publish(p: Publish): Promise<PublishResult>;
  /** Accepts the waiting publishes and refuses later ones. */
  close(): Promise<void>;
};

type Waiting = Place & {
  readonly publish: Publish;
  readonly settle: PromiseWithResolvers<PublishResult>;
};

/** Events of a group, so that no publish waits for another one's million rows. */
const GROUP_WEIGHT = 1_000;
/** Share of the time that the previous group took. */
const GATHER_SHARE = 1 / 4;
const MOST_GATHER_MS = 8;
/** A group of fewer events is not followed by a wait. */
const GATHER_FROM = 8;
/** The time of a group after which another lane begins. */
const LATE_MS = 25;

export function createAcceptQueue(p: {
  limits: AcceptLimits;
  /** Number of groups that may commit at once. */
  lanes: number;
  accept: (publishes: readonly Publish[]) => Promise<readonly PublishResult[]>;
}): AcceptQueue {
  const room = createAcceptRoom(p.limits);
  const groups = createAcceptGroups<Waiting>(GROUP_WEIGHT);
  let running = 0;
  /** Lanes whose group takes long. */
  let late = 0;
  let isClosed = false;
  let onIdle: (() => void) | null = null;

  function begin(): void {
    if (groups.size > 0 && running === late && running < p.lanes) void run();
  }

  async function run(): Promise<void> {
    running += 1;
    for (;;) {
      const group = [...groups.take({ weight: 0, isOver: () => false })];
      if (group.length === 0) break;
      const tookMs = await settleInLane(group);
      const gatherMs = toGatherMs(group, tookMs);
      if (gatherMs > 0) await sleep(gatherMs);
    }
    running -= 1;
    if (running === 0) onIdle?.();
  }

  /** Returns the time that it took. */
  async function settleInLane(group: readonly Waiting[]): Promise<number> {
    const beganAt = performance.now();
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      late += 1;
      begin();
    }, LATE_MS);
    const apps = new Set(group.map(({ app }) => app));
    for (const app of apps) groups.hold(app);
    await settleGroup(group);
    for (const app of apps) groups.release(app);
    clearTimeout(timer);
    if (isLate) late -= 1;
    return performance.now() - beganAt;
  }

  async function settleGroup(group: readonly Waiting[]): Promise<void> {
    try {
      const results = await p.accept(group.map(({ publish }) => publish));
      for (const [i, { app, settle }] of group.entries()) {
        const result = results[i] as PublishResult;
        groups.charge(app, result);
        settle.resolve(result);
      }
    } catch (error) {
      if (group.length > 1 && toFault(error) === "bug") {
        for (const one of group) await settleGroup([one]);
        return;
      }
      for (const { settle } of group) settle.reject(error);
    }
  }

  return {
    async publish(publish) {
      if (isClosed) throw closedStore();
      const place = room.enter(publish);
      const settle = Promise.withResolvers<PublishResult>();
      groups.add({ ...place, item: { ...place, publish, settle }, key: toKey(publish) });
      // Publishes of one turn of the event loop form one group.
      if (running < p.lanes) setImmediate(begin);
      let result: PublishResult | null = null;
      try {
        result = await settle.promise;
        return result;
      } finally {
        room.leave(place, publish, result);
      }
    },
    async close() {
      isClosed = true;
      if (running === 0 && groups.size === 0) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      onIdle = resolve;
      await promise;
    },
  };
}

/** The wait for more publishes after a group that took so long. */
export function toGatherMs(group: readonly Pick<Place, "weight">[], tookMs: number): number {
  const weight = group.reduce((sum, one) => sum + one.weight, 0);
  if (group.length < 2 || weight < GATHER_FROM) return 0;
  return Math.min(tookMs * GATHER_SHARE, MOST_GATHER_MS);
}

function toKey({ idempotencyKey }: Publish): string | null {
  return idempotencyKey === null ? null : `${idempotencyKey.scope}\n${idempotencyKey.key}`;
}
