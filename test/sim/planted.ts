/**
 * Bugs planted in the real sources as they are loaded, each a plausible error in one line. A simulation that
 * does not find them proves nothing. An edit that no longer finds its text fails, so that no planted bug
 * becomes the original program.
 */
import type { Edit } from "../harness/patched-program.ts";
import { plantEdit } from "../harness/plant-edit.ts";

export const PLANTED = {
  /** The next poll is not moved forward for a delivery that is due earlier. */
  "lost wake-up": {
    file: "src/delivery/loops/claim-loop.ts",
    from: "scanAt = Math.min(scanAt, at);",
    to: "",
  },
  /** A delivery in flight stays due, and is leased again. */
  "double claim": {
    file: "src/store/sqlite/queue/pick-due.ts",
    from: "AND fence IS NOT ?",
    to: "AND ? IS NOT NULL",
  },
  /** The last slot of the 72 hours is skipped. */
  "missed deadline": {
    file: "src/core/delivery/retry-schedule.ts",
    from: "if (given.slot >= last) return null;",
    to: "if (given.slot >= last - 1) return null;",
  },
  /** A lane continues with the endpoint's settings before the change. */
  "stale lane": {
    file: "src/delivery/lane/lanes.ts",
    from: "lane.version = Math.max(lane.version, version);",
    to: "return;",
  },
  /** A node whose lease may have expired continues to send. */
  "expired lease": {
    file: "src/delivery/loops/shard-lease.ts",
    from: "if (clock.elapsed() < certainUntil) return true;",
    to: "if (fences.size > 0) return true;",
  },
  /** A predecessor that failed once lets the next delivery overtake it. */
  "broken order": {
    file: "src/store/accept/plan-delivery.ts",
    from: "const waits = orderingKey !== null && lookups.isBehind(endpoint, orderingKey);",
    to: "const waits = orderingKey === null && lookups.isBehind(endpoint, orderingKey ?? '');",
  },
  /** A later publish does not queue behind a large one whose deliveries are not all made. */
  "overtaking publish": {
    file: "src/store/accept/publish-plan.ts",
    from: "|| state.hasFanOuts(appSeq)",
    to: "",
  },
  /** The own event of a message that a report created is refused, as a repeat would be. */
  "lost race": {
    file: "src/core/messages/message-change.ts",
    from: "if (known.isFromReport !== true) return refuse",
    to: "if (known.status !== null) return refuse",
  },
  /** The opt-out under the number alone decides when two contacts are joined. */
  "lost opt-out": {
    file: "src/core/messages/identity.ts",
    from: "all.some((one) => one.optedOut)",
    to: "first.optedOut",
  },
  /** A part that continues does not advance its cursor, and does not look for deliveries that exist. */
  "doubled part": {
    file: "src/store/fan-outs/step.ts",
    from: `    if (p.existing.has(toKey(event.seq, endpoint.seq))) continue;
    if (drafts.length >= p.room && endpoint.seq !== reached) return { drafts, reached };`,
    to: `    if (drafts.length >= p.room && endpoint.seq !== reached) {
      return { drafts, reached: row.reached };
    }`,
  },
} as const satisfies Record<string, Edit>;

export type PlantedBug = keyof typeof PLANTED;

/** Applies to all later imports. */
export function plant(bug: PlantedBug): void {
  plantEdit(PLANTED[bug]);
}
