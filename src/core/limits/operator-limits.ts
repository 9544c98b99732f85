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
} as const satisfies Record<string, Limit>;
