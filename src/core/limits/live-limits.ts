/** Limits on live streams. A stream holds a connection and up to 500 notices of about 300 bytes. */
import type { Limit } from "./limit.ts";

const STREAM = {
  holds: "node",
  unit: "streams",
  setting: null,
  perApp: false,
  retryAfterSeconds: 10,
} as const;

export const LIVE_LIMITS = {
  streams: {
    ...STREAM,
    name: "streams",
    bounds: "Live streams that a node serves.",
    per: "server",
    value: 200,
    range: [200, 200],
    code: "overloaded",
    refusal: "The node serves {limit}. Read the lists again instead, or retry later.",
  },
  streamsOfApp: {
    ...STREAM,
    name: "streams_of_app",
    bounds: "Live streams with keys and portal tokens of one application.",
    per: "app",
    value: 50,
    range: [50, 50],
    code: "rate_limited",
    refusal: "The application may have {limit} open. Close one that is not used.",
  },
  streamsOfCredential: {
    ...STREAM,
    name: "streams_of_credential",
    bounds: "Live streams with one credential.",
    per: "credential",
    value: 10,
    range: [10, 10],
    code: "rate_limited",
    refusal: "The credential may have {limit} open. Close one that is not used.",
  },
} as const satisfies Record<string, Limit>;
