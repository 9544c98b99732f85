/** Limits on lists and on background tasks. */
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
  backgroundTasks: {
    name: "background_tasks",
    bounds: "Background tasks of an application that are running, such as replays.",
    per: "app",
    holds: "store",
    unit: "background tasks",
    value: 20,
    range: [1, 1_000],
    setting: null,
    perApp: true,
    code: "rate_limited",
    refusal: "The application may have {limit} running. Wait for one to end, or cancel one.",
    retryAfterSeconds: 10,
  },
} as const satisfies Record<string, Limit>;
