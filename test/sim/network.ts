/**
 * The receivers of a simulated run. The story sets the mood of each receiver. The result of an attempt is
 * drawn from the mood at its arrival, and the delays from the seed.
 */
import type { FailReason, Outcome } from "../../src/core/delivery/outcome.ts";
import type { Random } from "./random.ts";

export type Mood =
  | "takes"
  | "slow"
  | "errs"
  | "hangs"
  | "refuses"
  | "throttles"
  | "gone"
  | "flaky"
  | "ours";

/** `takes`: the receiver processes the request, whether or not its response arrives. */
export type Meeting = {
  readonly takes: boolean;
  readonly outcome: Outcome;
  readonly arrivesMs: number;
  readonly endsMs: number;
};

export const MOODS: readonly Mood[] = [
  "takes",
  "takes",
  "takes",
  "slow",
  "errs",
  "hangs",
  "refuses",
  "throttles",
  "flaky",
  "flaky",
  "ours",
  "gone",
];

export function meet(p: { random: Random; mood: Mood; deadlineMs: number }): Meeting {
  const { random, deadlineMs } = p;
  const arrivesMs = random.between(1, 40);
  const endsMs = arrivesMs + random.between(1, 200);
  const answered = (status: number, retryAfter?: string): Meeting => ({
    takes: status < 300,
    outcome: response(status, endsMs, retryAfter),
    arrivesMs,
    endsMs,
  });
  const failed = (reason: FailReason, more: { takes: boolean; endsMs: number }): Meeting => ({
    ...more,
    outcome: { kind: "failed", reason, detail: `It was ${reason}.`, durationMs: more.endsMs },
    arrivesMs,
  });
  switch (p.mood === "flaky" ? random.pick(MOODS) : p.mood) {
    case "takes":
      return answered(random.pick([200, 202, 204]));
    case "slow": {
      const slowMs = random.between(1000, deadlineMs - 100);
      return { takes: true, outcome: response(200, slowMs), arrivesMs, endsMs: slowMs };
    }
    case "errs":
      return answered(random.pick([500, 502, 503, 400, 404, 301]));
    case "hangs":
      return failed("timeout", { takes: random.chance(0.3), endsMs: deadlineMs });
    case "refuses":
      return random.chance(0.5)
        ? failed("refused", { takes: false, endsMs: arrivesMs })
        : failed("reset", { takes: random.chance(0.5), endsMs });
    case "throttles":
      return answered(random.pick([429, 503]), `${random.between(1, 40)}`);
    case "gone":
      return answered(410);
    case "ours":
      return failed("internal", { takes: false, endsMs: arrivesMs });
    case "flaky":
      return answered(500);
  }
}

function response(status: number, durationMs: number, retryAfter?: string): Outcome {
  const headers = retryAfter === undefined ? {} : { retryAfter };
  return { kind: "response", status, headers, body: "", bodyTruncated: false, durationMs };
}
