/**
 * Bugs planted in the real sources as they are loaded, each one line of the kind that a tired hand
 * writes. A simulation that does not find them proves nothing. An edit that no longer finds its text
 * fails, so that no planted bug turns into the program itself.
 */
import assert from "node:assert/strict";
import { registerHooks } from "node:module";
import type { Edit } from "../harness/patched-program.ts";

export const PLANTED = {
  /** A timer that stands is not moved forward for what is due sooner. */
  "lost wake-up": {
    file: "src/delivery/claim-loop.ts",
    from: "if (timer?.at === at) return;",
    to: "if (timer !== null) return;",
  },
  /** What is being sent is still due, and is leased once more. */
  "double claim": {
    file: "src/store/sqlite/pick-due.ts",
    from: "AND fence IS NOT ?",
    to: "AND ? IS NOT NULL",
  },
  /** The last slot of the 72 hours is passed over. */
  "missed deadline": {
    file: "src/core/retry-schedule.ts",
    from: "if (given.slot >= last) return null;",
    to: "if (given.slot >= last - 1) return null;",
  },
  /** A lane goes on with the endpoint as it was before the change. */
  "deaf lane": {
    file: "src/delivery/lanes.ts",
    from: "lane.version = Math.max(lane.version, version);",
    to: "return;",
  },
  /** A node whose lease may be over goes on sending. */
  "certain of an old lease": {
    file: "src/delivery/shard-lease.ts",
    from: "if (clock.elapsed() < certainUntil) return true;",
    to: "if (fences.size > 0) return true;",
  },
  /** A predecessor that failed a first time lets the next one overtake it. */
  "broken order": {
    file: "src/store/sqlite/deliver.ts",
    from: "const waits = key !== null && hasPredecessor(writer, endpoint.seq, key);",
    to: "const waits = key === null && hasPredecessor(writer, endpoint.seq, key ?? '');",
  },
} as const satisfies Record<string, Edit>;

export type PlantedBug = keyof typeof PLANTED;

/** For everything imported from now on. */
export function plant(bug: PlantedBug): void {
  const { file, from, to } = PLANTED[bug];
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      if (!url.endsWith(file)) return loaded;
      const { source } = loaded;
      const before =
        typeof source === "string" ? source : Buffer.from(source as Uint8Array).toString();
      assert.ok(before.includes(from), `${file} has no "${from}": nothing would be planted`);
      return { ...loaded, source: before.replace(from, to) };
    },
  });
}
