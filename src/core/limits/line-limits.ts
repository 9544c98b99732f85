/** Limits on the lines of Zipwhip's clients. */
import type { Limit } from "./limit.ts";

export const LINE_LIMITS = {
  loginsPerLine: {
    name: "logins_per_line",
    bounds: "Logins of a line besides its first one.",
    per: "line",
    holds: "store",
    unit: "logins",
    value: 100,
    range: [100, 100],
    setting: null,
    perApp: false,
    code: "limit_reached",
    refusal: "A line may have {limit} besides its first one. Delete one that is not used.",
  },
  listedMessages: {
    name: "listed_messages",
    bounds:
      "Messages that the lists of Zipwhip's API reach, of a line or of one of its conversations.",
    per: "line",
    holds: "store",
    unit: "messages",
    value: 10_000,
    range: [10_000, 10_000],
    setting: null,
    perApp: false,
    code: null,
    refusal: "Lists show the newest {limit}. The native API lists all.",
  },
} as const satisfies Record<string, Limit>;
