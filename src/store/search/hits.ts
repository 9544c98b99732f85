/** Rows as hits of a search. */
import type { Hit, Hits } from "../interface/search.ts";
import { readParticipants } from "../accept/snapshot-text.ts";
import { LIMITS } from "../../core/limits.ts";
import type { Message } from "../../core/snapshot.ts";

const { value: MOST_HITS } = LIMITS.searchHits;

export type FoundEvent = {
  readonly id: string;
  readonly type: string;
  readonly acceptedAt: number;
  readonly participants: string | null;
  readonly payload?: string | null;
};

/** An event about a text is found as the text: a person asks about it, not about its reports. */
export function toEventHit(appId: string, event: FoundEvent): Hit {
  const { message } = readParticipants(event.participants, event.payload ?? null);
  const { id, type: label, acceptedAt: at } = event;
  if (message === null) return { kind: "event", id, appId, label, text: null, at };
  return toTextHit(appId, message, at);
}

function toTextHit(appId: string, message: Message, at: number): Hit {
  const words = (message.text as string | undefined) ?? "";
  return {
    kind: "text",
    id: `${message.snowflake}`,
    appId,
    label: `${message.from} → ${message.to}`,
    text: words === "" ? null : words.slice(0, SHOWN_WORDS),
    at,
  };
}

const SHOWN_WORDS = 160;

/** The event at which a search ended early; null when it ended by itself. */
export type SearchEnd = { readonly id: string; readonly acceptedAt: number } | null;

/** Each thing once, the first ones, and behind them events that are about no text. */
export function toHits(found: readonly Hit[], stoppedAt: SearchEnd): Hits {
  const hits = new Map<string, Hit>();
  const isEvent = ({ kind }: Hit) => (kind === "event" ? 1 : 0);
  for (const hit of found.toSorted((one, other) => isEvent(one) - isEvent(other))) {
    const key = `${hit.kind} ${hit.id}`;
    if (!hits.has(key) && hits.size < MOST_HITS) hits.set(key, hit);
  }
  return {
    hits: [...hits.values()],
    searchedTo: stoppedAt?.acceptedAt ?? null,
    next: stoppedAt?.id ?? null,
  };
}
