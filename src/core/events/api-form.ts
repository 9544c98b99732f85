/**
 * The form of an event in each API, for an endpoint that asks for all of its events. The deliveries of the event
 * follow from the endpoints that exist; this follows from the event alone.
 */
import type { Dialect } from "../snapshot.ts";
import { type DialectFacts, findDialectEvent, listWebhooks } from "./dialect-events.ts";
import { whyNoEvent } from "./match.ts";

export const NO_FORM_REASONS = [
  "nothing_new",
  "not_read",
  "no_such_event",
  "already_notified",
] as const;
export type NoFormReason = (typeof NO_FORM_REASONS)[number];

export type ApiForm =
  /** `webhooks` are the indexes of the requests that an endpoint gets. */
  | { readonly kind: "sent"; readonly name: string; readonly webhooks: readonly number[] }
  | { readonly kind: "not_sent"; readonly reason: NoFormReason };

/** `isSuppressed`: the event was stored as one that reports nothing new. */
export function findApiForm(
  dialect: Dialect,
  { facts, isSuppressed }: { readonly facts: DialectFacts; readonly isSuppressed: boolean },
): ApiForm {
  if (isSuppressed) return { kind: "not_sent", reason: "nothing_new" };
  const name = findDialectEvent(dialect, facts);
  if (name !== null) {
    return { kind: "sent", name, webhooks: listWebhooks({ dialect, eventTypes: null }, facts) };
  }
  const isRead = facts.account !== null && facts.account !== undefined;
  return { kind: "not_sent", reason: isRead ? whyNoEvent(dialect, facts) : "not_read" };
}

const SENTENCES: Readonly<Record<NoFormReason, string>> = {
  nothing_new: "The event reports nothing new about the text, so no API sends it.",
  not_read: "The server does not read such a payload, so only the native API sends it.",
  no_such_event: "The API has no such event.",
  already_notified: "The API reported this status of the text by an earlier event.",
};

export function noFormSentence(reason: NoFormReason): string {
  return SENTENCES[reason];
}
