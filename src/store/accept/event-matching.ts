/**
 * The inputs of matching when an event was accepted. They are stored to find later which events an endpoint
 * missed. Most events need only their own columns and store nothing here.
 */
import type { DeliveryPlan, NewEvent } from "../../core/decide-types.ts";
import type { CanonicalType } from "../../core/events/canonical-events.ts";
import type { EndpointIndex } from "../../core/events/endpoint-index.ts";
import type { EndpointMatch, MatchedEvent } from "../../core/events/endpoint-match.ts";
import type { DialectFacts } from "../../core/events/dialect-events.ts";
import { listWanted, planDeliveries } from "../../core/events/match.ts";
import { toFilteredPayload } from "../../core/payload-filter/payload-filter.ts";
import type { MessageStatus } from "../../core/messages/message-status.ts";
import { isSuppressed } from "../../core/messages/suppression-tags.ts";
import { type EventTraits, readList } from "../history/event-filter.ts";
import { readParticipants } from "./snapshot-text.ts";

type Matching = {
  readonly historical?: true;
  readonly onlyEndpointId?: string;
  readonly previousStatus?: MessageStatus;
  readonly contactChannel?: NonNullable<DialectFacts["contactChannel"]>;
};

/** Types whose webhooks depend on the status that the message had before. */
const WITH_STATUS: ReadonlySet<string> = new Set<CanonicalType>([
  "message.progress",
  "message.sent",
]);

/** Null when the columns of the event are sufficient. */
export function writeMatching(
  event: NewEvent,
  previousStatus: MessageStatus | null,
): string | null {
  const contactChannel = event.canonical?.contactChannel;
  const reportedBefore = WITH_STATUS.has(event.type) ? previousStatus : null;
  if (
    !event.historical &&
    event.onlyEndpointId === null &&
    reportedBefore === null &&
    contactChannel === undefined
  ) {
    return null;
  }
  return JSON.stringify({
    ...(event.historical ? { historical: true } : undefined),
    ...(event.onlyEndpointId === null ? undefined : { onlyEndpointId: event.onlyEndpointId }),
    ...(reportedBefore === null ? undefined : { previousStatus: reportedBefore }),
    ...(contactChannel === undefined ? undefined : { contactChannel }),
  } satisfies Matching);
}

/** A native endpoint without lines is matched by the columns alone, so the participants are not read. */
export function readsParticipants(endpoint: Pick<EndpointMatch, "dialect" | "lines">): boolean {
  return endpoint.dialect !== "svix" || endpoint.lines !== null;
}

/**
 * The columns of an event that matching reads. `participants` may be null when `readsParticipants` is false
 * for every endpoint.
 */
export type MatchedRow = EventTraits & {
  readonly matching: string | null;
  readonly participants: string | null;
};

/** The payload of a stored event; null once it is blank. */
export type StoredPayload = { readonly payloadText: string; readonly contentType: string };

/**
 * The webhooks that the endpoint would get for the event if it were enabled and had no payload filter.
 */
export function missedParts(endpoint: EndpointMatch, row: MatchedRow): readonly number[] {
  const enabled = { ...endpoint, status: "enabled" } as const;
  const stored = readMatched(row);
  return stored.isSuppressed ? [] : listWanted(enabled, stored.event, stored.facts, stored.line);
}

/**
 * The webhooks of a stored event, as `decide` would plan them for these endpoints. `payload` may be null when no
 * endpoint reads it.
 */
export function planStored(
  endpoints: EndpointIndex,
  row: MatchedRow,
  payload: StoredPayload | null,
): readonly DeliveryPlan[] {
  const stored = readMatched(row);
  if (stored.isSuppressed) return [];
  const filtered = payload === null ? null : toFilteredPayload(payload);
  return planDeliveries(stored.event, stored.facts, stored.line, endpoints, filtered);
}

/** The inputs of matching. */
export type Matched = {
  readonly event: MatchedEvent;
  readonly facts: DialectFacts;
  readonly line: string | null;
  /** Whether the event was stored as one that reports nothing new, and no endpoint gets it. */
  readonly isSuppressed: boolean;
};

export function readMatched(row: MatchedRow): Matched {
  const tags = readList(row.tags);
  const matching = row.matching === null ? {} : (JSON.parse(row.matching) as Matching);
  const participants = row.participants === null ? null : readParticipants(row.participants, null);
  const { previousStatus, contactChannel } = matching;
  return {
    event: {
      onlyEndpointId: matching.onlyEndpointId ?? null,
      historical: matching.historical ?? false,
      channels: readList(row.channels),
      tags,
    },
    facts: {
      type: row.type,
      message: participants?.message ?? null,
      ...(previousStatus === undefined ? undefined : { previousStatus }),
      ...(contactChannel === undefined ? undefined : { contactChannel }),
      // Without participants only native endpoints are matched.
      account: participants?.account ?? null,
    },
    line: participants?.line?.number ?? null,
    isSuppressed: isSuppressed(tags),
  };
}
