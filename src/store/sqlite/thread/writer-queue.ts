/**
 * The calls that wait for the writer, and the composition of its groups. Outcomes, leases, claims and changes
 * come first in a group, so that they wait for one group of publishes at most. A group ends after 25 ms of
 * work or at its weight. When other calls left no time for publishes, the next group begins with those.
 */
import { createAcceptGroups, toWeight } from "../../accept/accept-groups.ts";
import type { PublishReply } from "../accept/accept.ts";
import type { Publish } from "../../interface/accept.ts";
import { PUBLISH, type Answer, type Call } from "./group-commit.ts";

export type WriterQueue = {
  /** Number of waiting calls. */
  readonly size: number;
  /** Whether a publish waits that is in no group yet. */
  hasPublishes(): boolean;
  add(call: Call): void;
  /**
   * The calls of the next group, of which there is at least one. The time begins with the first call. Each is
   * taken when the caller asks for it, and the caller asks until there are no more.
   */
  takeGroup(): Generator<Call, void>;
  /** Call this with the answers of the group. */
  settle(answers: readonly Answer[]): void;
};

/** Events and outcomes of a group. */
const GROUP_WEIGHT = 2_000;
/** A commit waits 0.2 ms for the disk, 1 ms at p99 (2026-11-28), so a longer group would save little. */
const GROUP_WORK_MS = 25;

export function createWriterQueue(now: () => number): WriterQueue {
  const publishes = createAcceptGroups<Call>(GROUP_WEIGHT);
  let others: Call[] = [];
  let arePublishesFirst = false;
  /** Applications of the publishes that wait or are under way, by call. */
  const apps = new Map<number, string>();

  function* takeOthers(weight: number, isOver: () => boolean): Generator<Call, number> {
    let taken = weight;
    let count = 0;
    for (const call of others) {
      const next = callWeight(call);
      if (taken > 0 && (isOver() || taken + next > GROUP_WEIGHT)) break;
      taken += next;
      count += 1;
      yield call;
    }
    others = others.slice(count);
    return taken;
  }

  return {
    get size() {
      return others.length + publishes.size;
    },
    hasPublishes: () => publishes.size > 0,
    add(call) {
      if (call.name !== PUBLISH) {
        others.push(call);
        return;
      }
      const publish = call.p as Publish;
      const app = call.app ?? publish.appRef;
      apps.set(call.id, app);
      publishes.add({ item: call, app, weight: toWeight(publish), key: null });
    },
    *takeGroup() {
      const endsAt = now() + GROUP_WORK_MS;
      const isOver = () => now() >= endsAt;
      const othersFollow = arePublishesFirst;
      const before = othersFollow ? 0 : yield* takeOthers(0, isOver);
      const weight = yield* publishes.take({ weight: before, isOver });
      if (othersFollow) yield* takeOthers(weight, isOver);
      arePublishesFirst = publishes.size > 0 && (weight === before || publishes.isLargeNext);
    },
    settle(answers) {
      for (const answer of answers) {
        const app = apps.get(answer.id);
        if (app === undefined) continue;
        apps.delete(answer.id);
        if (answer.ok) publishes.charge(app, (answer.value as PublishReply).result);
      }
    },
  };
}

function callWeight({ name, p }: Call): number {
  if (name !== "queue.record") return 1;
  return (p as { outcomes: readonly unknown[] }).outcomes.length;
}
