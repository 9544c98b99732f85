/** Limits on the results of deliveries. */
import type { Limit } from "./limit.ts";

export const DELIVERY_LIMITS = {
  storedAnswerBytes: {
    name: "stored_answer_bytes",
    bounds:
      "Receivers' answers that are stored for an application in one UTC day. Above it, an attempt is recorded without the answer.",
    per: "app",
    holds: "node",
    unit: "bytes",
    value: 1024 ** 3,
    range: [0, 1024 ** 4],
    setting: "HOOKLINE_LIMIT_STORED_ANSWER_BYTES",
    perApp: true,
    code: null,
    refusal:
      "This answer is not stored, because the application has stored {limit} of answers today.",
  },
} as const satisfies Record<string, Limit>;
