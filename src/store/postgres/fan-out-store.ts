/** Large fan-outs: polls that cost one statement while no application has any. */
import type { FanOutStore } from "../interface/fan-outs.ts";
import type { PublishResult } from "../interface/accept.ts";
import { hitFailpoint } from "../failpoint.ts";
import type { Runner } from "./cluster/runner.ts";
import { toNoun } from "./nouns.ts";

export type FanOuts = FanOutStore & {
  /** Called with the results of committed publishes. */
  published(results: readonly PublishResult[]): void;
};

export function createFanOutStore(runner: Runner): FanOuts {
  const fanOuts = toNoun(runner, "fanOuts");
  const listeners: (() => void)[] = [];
  const { failpoint } = runner.node;
  return {
    listen: ({ onCreated }) => listeners.push(onCreated),
    published(results) {
      const isLeft = results.some((one) => one.kind === "accepted" && one.fanningOut !== undefined);
      if (isLeft) for (const onCreated of listeners) onCreated();
    },
    async step(params) {
      const [row] = await runner.single((connection) =>
        connection.sql<{ isAny: boolean }>("SELECT EXISTS (SELECT FROM fan_out) AS is_any"),
      );
      if (row?.isAny !== true) return { made: 0, isTaken: false, next: null };
      const stepped = await fanOuts.step(params);
      if (failpoint !== null && stepped.made > 0) hitFailpoint(failpoint, "between-fan-out-parts");
      return stepped;
    },
  };
}
