/**
 * The room of the queue before accept (I4, I5), by weight: the number of events, or more when they are long.
 * One application has a limit far below that of all. When the queue is full, an application below its fair
 * share still gets room, up to twice the limit.
 */
import { LIMITS, type LimitValues } from "../../core/limits.ts";
import { refuseLimit } from "../../core/limits/limit.ts";
import type { Publish, PublishResult } from "../interface/accept.ts";
import { toWeight } from "./accept-groups.ts";
import { createAppNames } from "./app-names.ts";

export type AcceptLimits = Pick<LimitValues, "eventsWaiting" | "eventsWaitingInAll">;

/** The room that a waiting publish takes. */
export type Place = { readonly app: string; readonly weight: number };

export type AcceptRoom = {
  /** Refuses with `rate_limited` or `overloaded`. */
  enter(publish: Publish): Place;
  /** `result` is null when the publish has failed. */
  leave(place: Place, publish: Publish, result: PublishResult | null): void;
};

type Accepted = Extract<PublishResult, { kind: "accepted" }>;

/** At this number all are forgotten and learned again. */
const OWN_LIMITS_KEPT = 20_000;

export function createAcceptRoom(limits: AcceptLimits): AcceptRoom {
  const names = createAppNames();
  const waiting = new Map<string, number>();
  /** Own numbers of applications, which a node learns from their accepted publishes. */
  const ownLimits = new Map<string, number>();
  let inAll = 0;

  function learnLimit({ appId, ownEventsWaiting }: Accepted): void {
    if (ownEventsWaiting === undefined) ownLimits.delete(appId);
    else {
      if (ownLimits.size >= OWN_LIMITS_KEPT) ownLimits.clear();
      ownLimits.set(appId, ownEventsWaiting);
    }
  }

  return {
    enter(publish) {
      const app = names.find(publish.appRef);
      const weight = toWeight(publish);
      const own = waiting.get(app) ?? 0;
      // A publish that is larger than a limit may still pass alone.
      const limit = ownLimits.get(app) ?? limits.eventsWaiting;
      if (own > 0 && own + weight > limit) throw refuseLimit(LIMITS.eventsWaiting, limit);
      const apps = waiting.size + (own > 0 ? 0 : 1);
      if (inAll > 0 && !hasRoom({ own, weight, inAll, apps }, limits)) {
        throw refuseLimit(LIMITS.eventsWaitingInAll, limits.eventsWaitingInAll);
      }
      waiting.set(app, own + weight);
      inAll += weight;
      return { app, weight };
    },
    leave({ app, weight }, publish, result) {
      const left = (waiting.get(app) ?? 0) - weight;
      if (left > 0) waiting.set(app, left);
      else waiting.delete(app);
      inAll -= weight;
      if (result === null) return;
      names.learn(publish, result);
      if (result.kind === "accepted" && !result.repeated) learnLimit(result);
    },
  };
}

/** `apps` is the number of applications that would share the queue. */
function hasRoom(
  p: { own: number; weight: number; inAll: number; apps: number },
  { eventsWaitingInAll }: AcceptLimits,
): boolean {
  if (p.inAll + p.weight <= eventsWaitingInAll) return true;
  const isBelowShare = p.own + p.weight <= eventsWaitingInAll / p.apps;
  return isBelowShare && p.apps > 1 && p.inAll + p.weight <= 2 * eventsWaitingInAll;
}
