/** Limits on an application's endpoints, all APIs together, so that no list of them needs to be cut. */
import type { Limit } from "./limit.ts";

export const ENDPOINT_LIMITS = {
  endpoints: {
    name: "endpoints",
    bounds: "Endpoints of an application, of all APIs together.",
    per: "app",
    holds: "store",
    unit: "endpoints",
    value: 10_000,
    range: [1, 10_000],
    setting: "HOOKLINE_LIMIT_ENDPOINTS",
    perApp: true,
    code: "limit_reached",
    refusal: "The application may have {limit}. Delete one that is not used, then try again.",
  },
  filterBytes: {
    name: "filter_bytes",
    bounds: "Event types, channels, tags and lines of an application's endpoints.",
    per: "app",
    holds: "store",
    unit: "bytes",
    value: 4 * 1024 ** 2,
    range: [1024, 64 * 1024 ** 2],
    setting: "HOOKLINE_LIMIT_FILTER_BYTES",
    perApp: true,
    code: "limit_reached",
    refusal:
      "The event types, channels, tags and lines of the application's endpoints may have {limit} together. Shorten the filters, or delete an endpoint that is not used.",
  },
  endpointBytes: {
    name: "endpoint_bytes",
    bounds:
      "URLs, descriptions, metadata, headers, certificates and options of an application's endpoints.",
    per: "app",
    holds: "store",
    unit: "bytes",
    value: 8 * 1024 ** 2,
    range: [1024, 64 * 1024 ** 2],
    setting: "HOOKLINE_LIMIT_ENDPOINT_BYTES",
    perApp: true,
    code: "limit_reached",
    refusal:
      "The URLs, descriptions, metadata, headers, certificates and options of the application's endpoints may have {limit} together. Shorten them, or delete an endpoint that is not used.",
  },
} as const satisfies Record<string, Limit>;
