/**
 * Why an accepted event has no delivery. The reason is decided with the event and stored with it as a tag of
 * the server, since endpoints and lines may change later.
 */
import type { EndpointIndex } from "../events/endpoint-index.ts";
import { REPEAT_TAG, STALE_TAG } from "../messages/suppression-tags.ts";

export type Undelivered = "no_endpoint" | "line_not_registered" | "stale" | "repeat";

const TAGS: Readonly<Record<Undelivered, string>> = {
  no_endpoint: "hookline:no-endpoint",
  line_not_registered: "hookline:line-not-registered",
  stale: STALE_TAG,
  repeat: REPEAT_TAG,
};

const SENTENCES: Readonly<Record<Undelivered, string>> = {
  no_endpoint: "no endpoint asks for it",
  line_not_registered: "line is not registered",
  stale: "it reports nothing new about its message",
  repeat: "the server derived the same event from the message",
};

export function toTag(reason: Undelivered): string {
  return TAGS[reason];
}

/** Returns the reason as publishers and the log see it. */
export function toSentence(reason: Undelivered): string {
  return SENTENCES[reason];
}

/** Returns null for an event that had a delivery, or was for one endpoint only. */
export function findUndelivered(tags: readonly string[]): Undelivered | null {
  const reasons = Object.keys(TAGS) as Undelivered[];
  return reasons.find((reason) => tags.includes(TAGS[reason])) ?? null;
}

/**
 * Returns the publisher's tags and the server's tags, except those that only say that nothing was delivered.
 */
export function tagsShown(tags: readonly string[]): readonly string[] {
  return tags.filter((tag) => tag !== TAGS.no_endpoint && tag !== TAGS.line_not_registered);
}

/** Returns why no endpoint matched. Webhooks of Zipwhip belong to registered lines. */
export function whyUnmatched(p: {
  readonly line: string | null;
  readonly isLineRegistered: boolean;
  readonly endpoints: Pick<EndpointIndex, "has">;
}): Undelivered {
  const isForeignLine = p.line !== null && !p.isLineRegistered;
  return isForeignLine && p.endpoints.has("zipwhip") ? "line_not_registered" : "no_endpoint";
}
