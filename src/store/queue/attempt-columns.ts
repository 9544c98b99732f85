/**
 * The columns of an attempt. Their values are passed by position, so that recording creates no object for each
 * row.
 */
import type { Written } from "./queue-statements.ts";

export const ATTEMPT_COLUMNS = [
  "seq",
  "id",
  "deliverySeq",
  "eventSeq",
  "endpointSeq",
  "at",
  "durationMs",
  "url",
  "statusCode",
  "response",
  "reason",
  "succeeded",
  "manual",
  "resent",
  "detail",
] as const;

type Flag = 0 | 1;
/** One value for each of the columns. */
export type AttemptValues = [
  seq: number,
  id: string,
  deliverySeq: number,
  eventSeq: number,
  endpointSeq: number,
  at: number,
  durationMs: number,
  url: string,
  statusCode: number,
  response: string,
  reason: string | null,
  succeeded: Flag,
  manual: Flag,
  resent: Flag,
  detail: string | null,
];

/** Writes the attempts of outcomes that have one. `toSeq` returns the number of an attempt at an instant. */
export function writeAttempts(
  rows: readonly Written[],
  toSeq: (at: number) => number,
  write: (...values: AttemptValues) => unknown,
): void {
  for (const row of rows) {
    const { attempt, deliveryId } = row.outcome;
    if (attempt === null) continue;
    write(
      toSeq(attempt.at),
      attempt.id,
      deliveryId,
      row.eventSeq,
      row.endpoint.seq,
      attempt.at,
      attempt.durationMs,
      attempt.url,
      attempt.statusCode,
      attempt.response,
      attempt.reason,
      attempt.succeeded ? 1 : 0,
      attempt.trigger === "manual" ? 1 : 0,
      attempt.isResent ? 1 : 0,
      attempt.detail,
    );
  }
}
