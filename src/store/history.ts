/** Reading what happened: messages (events), attempts, the feed. Every query has a row limit and a deadline. */
import type { Page, PageRequest } from "./page.ts";

export type EventRow = {
  readonly id: string;
  readonly sequence: number;
  readonly eventId: string | null;
  readonly type: string;
  /** Null once the content was expunged. */
  readonly payloadText: string | null;
  readonly contentType: string;
  readonly channels: readonly string[];
  readonly tags: readonly string[];
  readonly orderingKey: string | null;
  readonly deliverAt: number | null;
  readonly acceptedAt: number;
};

/** What a delivery looks like from outside; `parked` and `cancelled` follow from its endpoint. */
export type DeliveryStatus =
  | "pending"
  | "sending"
  | "delivered"
  | "failed"
  | "parked"
  | "cancelled";

export type AttemptView = {
  readonly id: string;
  readonly eventId: string;
  readonly endpointId: string;
  readonly at: number;
  readonly durationMs: number;
  readonly url: string;
  readonly statusCode: number;
  /** Null once the content was expunged. */
  readonly response: string | null;
  readonly succeeded: boolean;
  readonly trigger: "scheduled" | "manual";
  readonly isResent: boolean;
  /** Present when asked for. */
  readonly event: EventRow | null;
};

export type EventFilter = {
  readonly channel?: string;
  readonly tag?: string;
  readonly eventTypes?: readonly string[];
  /** Before this instant: when an event was accepted, or an attempt was made. */
  readonly until?: number;
  /** From this instant on. */
  readonly since?: number;
};

export type AttemptFilter = EventFilter & {
  readonly statuses?: readonly ("delivered" | "failed")[];
  /** 0, 100, 200, 300, 400 or 500: 0 is no status line at all. */
  readonly statusCodeClass?: number;
};

/** `next` is past all that was looked at, so a page without events may still be followed by others. */
export type FeedPage = {
  readonly events: readonly EventRow[];
  readonly next: number;
  readonly done: boolean;
};

/**
 * Wherever an event is asked for by `eventId`, the publisher's own id finds it too while its dedupe
 * window lasts. A page may hold fewer events than its limit when their payloads are large.
 */
export interface HistoryStore {
  /** `ref` is an id or the publisher's eventId within the dedupe window. Null when unknown. */
  getEvent(p: { appRef: string; ref: string }): Promise<EventRow | null>;
  /** Newest first. Null when the app is unknown. `window.after` is an event id. */
  listEvents(p: {
    appRef: string;
    window: PageRequest;
    filter: EventFilter;
  }): Promise<Page<EventRow> | null>;
  /**
   * In commit order; a reader that polls with what it was given as `next` never misses one. `after`
   * is such a `next`, the id of an event that was seen, or null for the oldest. Null when the app is
   * unknown.
   */
  feed(p: {
    appRef: string;
    after: number | string | null;
    limit: number;
    filter?: Pick<EventFilter, "eventTypes" | "since">;
  }): Promise<FeedPage | null>;
  /**
   * Blanks the payload and the text of the message that it made, keeps the event; what is still owed
   * of it fails (`content_expunged`). False when unknown.
   */
  expungeEvent(p: { appRef: string; eventId: string; now: number }): Promise<boolean>;
  attemptsOfEvent(p: {
    appRef: string;
    eventId: string;
    endpointRef: string | null;
    window: PageRequest;
    filter: AttemptFilter;
  }): Promise<Page<AttemptView> | null>;
  attemptsOfEndpoint(p: {
    appRef: string;
    endpointRef: string;
    window: PageRequest;
    filter: AttemptFilter;
    withEvent: boolean;
  }): Promise<Page<AttemptView> | null>;
  /** With its event. */
  getAttempt(p: {
    appRef: string;
    eventId: string;
    attemptId: string;
  }): Promise<AttemptView | null>;
  expungeAttempt(p: { appRef: string; eventId: string; attemptId: string }): Promise<boolean>;
  /** Events with a delivery to the endpoint, newest first. `window.after` is an event id. */
  deliveriesOfEndpoint(p: {
    appRef: string;
    endpointRef: string;
    window: PageRequest;
    filter: EventFilter & { readonly statuses?: readonly DeliveryStatus[] };
  }): Promise<Page<{
    readonly event: EventRow;
    readonly status: DeliveryStatus;
    readonly nextAttemptAt: number | null;
  }> | null>;
  /** Endpoints that the event is owed to. `window.after` is an endpoint id. */
  deliveriesOfEvent(p: { appRef: string; eventId: string; window: PageRequest }): Promise<Page<{
    readonly endpointId: string;
    readonly status: DeliveryStatus;
    readonly nextAttemptAt: number | null;
  }> | null>;
}
