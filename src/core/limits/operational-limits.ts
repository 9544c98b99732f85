/** Limits on operational events. Those beyond them are left out and counted in a metric; no call is refused. */
import type { Limit } from "./limit.ts";

const COMMON = { holds: "node", setting: null, perApp: false, code: null } as const;

export const OPERATIONAL_LIMITS = {
  attemptEvents: {
    ...COMMON,
    name: "attempt_events",
    bounds: "Operational events about attempts of an endpoint in one minute.",
    per: "endpoint",
    unit: "events",
    value: 20,
    range: [20, 20],
    refusal: "The operator gets {limit} a minute about the attempts of an endpoint.",
  },
  attemptEventsInAll: {
    ...COMMON,
    name: "attempt_events_in_all",
    bounds: "Operational events about attempts in one minute, without the log of attempts.",
    per: "server",
    unit: "events",
    value: 1_000,
    range: [1_000, 1_000],
    refusal: "The operator gets {limit} a minute about attempts.",
  },
  changeEvents: {
    ...COMMON,
    name: "change_events",
    bounds:
      "Operational events in one minute about background tasks of an application, and about calls that change its endpoints.",
    per: "app",
    unit: "events",
    // One change of a set of webhooks may change 1,000 endpoints.
    value: 1_000,
    range: [1_000, 1_000],
    refusal: "The operator gets {limit} a minute about the changes in an application.",
  },
  changeEventsInAll: {
    ...COMMON,
    name: "change_events_in_all",
    bounds: "The same for all applications.",
    per: "server",
    unit: "events",
    value: 10_000,
    range: [10_000, 10_000],
    refusal: "The operator gets {limit} a minute about changes.",
  },
  loggedAttempts: {
    ...COMMON,
    name: "logged_attempts",
    bounds: "Attempts in the operator's log of attempts in one minute.",
    per: "server",
    unit: "attempts",
    value: 300_000,
    range: [300_000, 300_000],
    refusal: "The operator's log has {limit} a minute.",
  },
} as const satisfies Record<string, Limit>;
