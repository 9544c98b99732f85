/** Limits on reading. */
import type { Limit } from "./limit.ts";

export const READ_LIMITS = {
  listsAtOnce: {
    name: "lists_at_once",
    bounds: "Lists of an application under way.",
    per: "app",
    holds: "node",
    unit: "lists",
    value: 1,
    range: [1, 1],
    setting: null,
    perApp: false,
    code: "rate_limited",
    refusal: "The application's lists run {limit} at a time. Send fewer at once.",
    retryAfterSeconds: 1,
  },
} as const satisfies Record<string, Limit>;
