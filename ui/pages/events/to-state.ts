/** The state of a delivery or an attempt in Svix's words as a mark. */
import type { Mark } from "../../../src/core/verdict.ts";

export type SvixState = "success" | "pending" | "fail" | "sending" | "canceled";

const MARKS: Readonly<Record<SvixState, Mark>> = {
  success: "delivered",
  pending: "waiting",
  sending: "waiting",
  fail: "failed",
  canceled: "not_due",
};

export function toState(state: SvixState): Mark {
  return MARKS[state];
}
