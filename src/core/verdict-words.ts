/**
 * One plain sentence per verdict. Operators read the server's words, such as its breaker. Tenants read about their
 * own endpoint and event, and no internal reason.
 */
import type { Verdict, VerdictKind } from "./verdict.ts";

export type Audience = "operator" | "tenant";

type Facts = {
  /** The status of the latest answer in words; empty before an attempt. */
  readonly answer: string;
  /** The time of the verdict and of the next attempt, with a preposition; empty when unknown. */
  readonly since: string;
  readonly ended: string;
  readonly next: string;
};
type Words = (facts: Facts) => string;

const GONE = "The content of the event is no longer stored, so it cannot be sent.";

const OPERATOR: Readonly<Record<VerdictKind, Words>> = {
  delivered: ({ ended, answer }) => `Delivered${ended}${answer}.`,
  sending: () => "An attempt is being made now.",
  due: ({ next, answer }) => `The next attempt is due${next}${answer}.`,
  behind_key: () => "It waits behind an earlier event with the same ordering key.",
  breaker_open: ({ since, next, answer }) =>
    `The breaker of the endpoint is open${since}${answer}. The next probe is due${next}.`,
  asked_to_wait: ({ next }) => `The receiver asked for a pause. The next attempt is due${next}.`,
  rate_limited: () => "It waits for its turn under the rate limit.",
  parked_paused: ({ since }) =>
    `The endpoint is paused${since}. Resume it to send the waiting deliveries.`,
  parked_disabled: ({ since }) =>
    `The endpoint is disabled${since}. Enable it to send the waiting deliveries.`,
  failed_final: ({ ended, answer }) =>
    `The receiver refused it for good${ended}${answer}. Send it again once the receiver is fixed.`,
  failed_exhausted: ({ ended, answer }) =>
    `All attempts failed, the last one${ended}${answer}. Send it again once the receiver is fixed.`,
  backlog_full: () =>
    "Too many deliveries of the endpoint were waiting, so this one was not queued. Send it again.",
  damaged: () => "The stored content of the event is damaged, so it is not sent.",
  expired: () => GONE,
  expunged: () => "The content of the event was deleted before it was delivered.",
  cancelled: () => "The endpoint was deleted before the event was delivered.",
  disabled: () => "The endpoint is disabled, so it gets no events.",
  other_type: () => "The endpoint does not ask for this event type.",
  other_channel: () => "The endpoint asks for other channels.",
  other_tag: () => "The endpoint asks for other tags.",
  other_line: () => "The endpoint asks for other lines.",
  other_endpoint: () => "The event was sent to one other endpoint only.",
  no_such_event: () => "The API of the endpoint has no such event.",
  already_notified: () => "The endpoint already had this status of the text.",
  stale: () => "The event reports nothing new about the text, so it was not delivered.",
  historical: () => "The event is historical, and the endpoint does not ask for history.",
  made_later: () => "The endpoint is newer than the event. Replay its missed events to send it.",
  changed_since: () =>
    "The endpoint asks for such events now, and did not when the event was accepted.",
  filtered: () => "The payload filter of the endpoint does not admit the event.",
};

const TENANT: Readonly<Record<VerdictKind, Words>> = {
  ...OPERATOR,
  breaker_open: ({ since, next, answer }) =>
    `Your endpoint keeps failing${since}${answer}. It is tried again${next}.`,
  asked_to_wait: ({ next }) => `Your endpoint asked for a pause. The next attempt is due${next}.`,
  damaged: () => GONE,
  stale: () => "The event reports nothing new about the text.",
};

/**
 * `toTime` prints a time for the reader. The sentence does not name the endpoint, which the reader sees beside it.
 */
export function verdictSentence<Time>(
  verdict: Verdict<Time>,
  p: { readonly audience: Audience; readonly toTime: (time: Time) => string },
): string {
  const { kind, since, nextAt, statusCode } = verdict;
  const words = (p.audience === "operator" ? OPERATOR : TENANT)[kind];
  return words({
    answer: statusCode === undefined ? "" : ` (${statusCode === 0 ? "no answer" : statusCode})`,
    since: since === undefined ? "" : ` since ${p.toTime(since)}`,
    ended: since === undefined ? "" : ` at ${p.toTime(since)}`,
    next: nextAt === undefined ? "" : ` at ${p.toTime(nextAt)}`,
  });
}
