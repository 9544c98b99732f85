/**
 * The composition of groups of publishes, each of which is one transaction. Publishes enter by the turns of
 * their applications. A large one has a group alone, so that no other application waits in its transaction.
 */
import type { Publish, PublishResult } from "../interface/accept.ts";
import { createAcceptTurns, type Turn } from "./accept-turns.ts";

/** Payload characters that count as one event, so that weights bound memory too. */
const EVENT_CHARACTERS = 4 * 1024;
/** At this number all are forgotten. It bounds memory, not the number of applications. */
const KEPT_FAN_OUTS = 20_000;
/** Steps of payload filters that take as long as one delivery. */
const DELIVERY_STEPS = 1_000;
/** Weight above which a publish has a group alone. */
const LARGE_WEIGHT = 250;

/** The weight of a publish is the number of its events, or more when they are long. */
export function toWeight({ events }: Pick<Publish, "events">): number {
  let characters = 0;
  for (const { payloadText } of events) characters += payloadText.length;
  return Math.max(events.length, Math.ceil(characters / EVENT_CHARACTERS), 1);
}

export type Queued<T> = Turn<T> & {
  /** Two publishes with one key never share a group; the later ones of the application wait as well. */
  readonly key: string | null;
};

export type AcceptGroups<T> = {
  /** Number of waiting publishes. */
  readonly size: number;
  /** A large publish is next, and the next group is for it alone. */
  readonly isLargeNext: boolean;
  add(queued: Queued<T>): void;
  /**
   * Takes the publishes of the next group one by one. `weight` is that of other calls in the group. No
   * publish follows once `isOver` returns true, but an empty group gets its first one. Returns the weight of the
   * group, which is Infinity when nothing may be added to it.
   */
  take(p: { weight: number; isOver(): boolean }): Generator<T, number>;
  /** The application has no turn until it is released. */
  hold(app: string): void;
  release(app: string): void;
  /**
   * Call this after the commit: the deliveries of a publish count like events, and those expected of the next. So
   * do steps of payload filters.
   */
  charge(app: string, result: PublishResult): void;
};

export function createAcceptGroups<T>(groupWeight: number): AcceptGroups<T> {
  const turns = createAcceptTurns<Queued<T>>();
  let isLargeNext = false;
  /** The charge for each event of the application's last publish, which the next one is expected to have. */
  const fanOuts = new Map<string, number>();

  const toCost = ({ app, weight }: Queued<T>) => weight * (1 + (fanOuts.get(app) ?? 0));

  return {
    get size() {
      return turns.size;
    },
    get isLargeNext() {
      return isLargeNext;
    },
    add(queued) {
      turns.add({ item: queued, app: queued.app, weight: queued.weight });
    },
    *take({ weight, isOver }) {
      const keys = new Set<string>();
      const held: string[] = [];
      let taken = weight;
      try {
        for (;;) {
          const next = turns.first()?.item;
          if (next === undefined) return taken;
          const cost = toCost(next);
          const isLarge = cost > LARGE_WEIGHT;
          if (taken > 0 && isLarge) {
            turns.keepFirst();
            isLargeNext = true;
            return taken;
          }
          if (taken > 0 && (isOver() || taken + cost > groupWeight)) return taken;
          if (next.key !== null && keys.has(next.key)) {
            held.push(next.app);
            turns.hold(next.app);
            continue;
          }
          if (next.key !== null) keys.add(next.key);
          turns.take();
          taken += cost;
          if (isLarge) isLargeNext = false;
          yield next.item;
          if (isLarge) return Infinity;
        }
      } finally {
        for (const app of held) turns.release(app);
      }
    },
    hold: turns.hold,
    release: turns.release,
    charge(app, result) {
      if (result.kind === "refused" || result.repeated) return;
      const deliveries = result.events.reduce((sum, one) => sum + one.deliveries, 0);
      const charged = deliveries + Math.floor((result.filterSteps ?? 0) / DELIVERY_STEPS);
      if (charged > 0) {
        turns.charge(app, charged);
        if (fanOuts.size >= KEPT_FAN_OUTS) fanOuts.clear();
        fanOuts.set(app, charged / result.events.length);
      } else fanOuts.delete(app);
    },
  };
}
