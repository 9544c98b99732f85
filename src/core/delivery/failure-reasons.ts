/**
 * Why a delivery failed for good, in the words of filters and answers. The end of a delivery has a reason, and so has
 * its last attempt: "exhausted" says that no retry is left, and "timeout" why the last one failed.
 */
import type { FailReason } from "./outcome.ts";

/** How a delivery ended. `final` is a status after which the endpoint's API tries no more. */
export const FAILURE_ENDS = [
  "exhausted",
  "final",
  "backlog_full",
  "expired",
  "content_expunged",
  "content_damaged",
] as const;
export type FailureEnd = (typeof FAILURE_ENDS)[number];

const STATUSES = ["3xx", "4xx", "5xx"] as const;
/** Faults of the server are no attempts. */
const NO_ANSWER = [
  "timeout",
  "dns_not_found",
  "dns_failure",
  "refused",
  "reset",
  "unreachable",
  "tls",
  "blocked",
  "protocol",
  "headers_too_large",
] as const satisfies readonly FailReason[];

export const FAILURE_REASONS = [...FAILURE_ENDS, ...STATUSES, ...NO_ANSWER] as const;
export type FailureReason = (typeof FAILURE_REASONS)[number];

/** The last attempt. `statusCode` is 0 without an answer. */
export type LastAttempt = { readonly statusCode: number; readonly reason: string | null };

/** Returns the end that a stored reason stands for. */
export function toFailureEnd(stored: string | null): FailureEnd {
  const found = FAILURE_ENDS.find((end) => end === stored);
  return found ?? "final";
}

/** Whether the last attempt must be known to judge by these reasons. */
export function needsLastAttempt(reasons: readonly FailureReason[]): boolean {
  return reasons.some((reason) => !FAILURE_ENDS.some((end) => end === reason));
}

/** Whether one of the reasons holds for the delivery. `last` is null without an attempt. */
export function failedFor(
  reasons: readonly FailureReason[],
  end: FailureEnd,
  last: LastAttempt | null,
): boolean {
  if (reasons.includes(end)) return true;
  if (last === null) return false;
  const word = last.statusCode === 0 ? last.reason : `${Math.floor(last.statusCode / 100)}xx`;
  return reasons.some((reason) => reason === word);
}
