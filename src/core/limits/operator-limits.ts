/** Limits on the operator's own data. */
import type { Limit } from "./limit.ts";

export const OPERATOR_LIMITS = {
  operatorKeys: {
    name: "operator_keys",
    bounds: "Operator keys of the server.",
    per: "server",
    holds: "store",
    unit: "operator keys",
    value: 200,
    range: [200, 200],
    setting: null,
    perApp: false,
    code: "limit_reached",
    refusal: "The server may have {limit}. Delete one that is not used, then try again.",
  },
  reveals: {
    name: "reveals",
    bounds:
      "Reveals of masked content with one operator key, or with the admin token, within a minute. Each writes an entry of the audit, of about 200 bytes.",
    per: "credential",
    holds: "node",
    unit: "reveals",
    value: 30,
    range: [30, 30],
    setting: null,
    perApp: false,
    code: "rate_limited",
    refusal: "A credential may have {limit} within a minute. Wait a minute, then try again.",
    retryAfterSeconds: 60,
  },
  dashboardSessions: {
    name: "dashboard_sessions",
    bounds:
      "Dashboard sessions and unused links of an operator key, or of the admin token. A further one ends the oldest of them.",
    per: "credential",
    holds: "store",
    unit: "dashboard sessions",
    value: 50,
    range: [50, 50],
    setting: null,
    perApp: false,
    code: null,
    refusal: "An operator key may have {limit}. A further one ends the oldest of them.",
  },
} as const satisfies Record<string, Limit>;
