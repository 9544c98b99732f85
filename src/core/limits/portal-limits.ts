/** Limits on the access of an application's users to the portal. */
import type { Limit } from "./limit.ts";

export const PORTAL_LIMITS = {
  portalSessions: {
    name: "portal_sessions",
    bounds:
      "Portal tokens and unused links of an application. A further one ends the oldest of them.",
    per: "app",
    holds: "store",
    unit: "portal sessions",
    // A row has about 300 bytes, and each access counts the rows of its application by an index.
    value: 10_000,
    range: [10, 100_000],
    setting: null,
    perApp: true,
    code: null,
    refusal: "The application may have {limit}. A further one ends the oldest of them.",
  },
} as const satisfies Record<string, Limit>;
