/** Reads history: messages (events), attempts, the feed. Every query has a row limit and a deadline. */
import type { AttemptDetail } from "../../core/delivery/attempt-detail.ts";
import type { SnapshotFacts } from "../accept/snapshot-text.ts";
import type { Mark } from "../../core/verdict.ts";
import type { Page, PageRequest } from "../page.ts";
import type { MarkedPage, MarkView } from "./marks.ts";

export type EventRow = {
  readonly id: string;
  /** The position among the events of all applications, so it must not be shown to any. */
  readonly sequence: number;
  readonly eventId: string | null;
  readonly type: string;
  /** Null after the content was expunged. */
  readonly payloadText: string | null;
  readonly contentType: string;
  readonly channels: readonly string[];
  readonly tags: readonly string[];
  readonly orderingKey: string | null;
  readonly deliverAt: number | null;
  readonly acceptedAt: number;
};

/**
 * State of a delivery in answers; `parked` and `cancelled` follow from its endpoint. `retrying` is pending after
 * an attempt that failed.
 */
export type DeliveryStatus =
  | "pending"
  | "retrying"
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
  /** Null after the content was expunged. */
  readonly response: string | null;
  /** The reason for having no answer; null with one. */
  readonly reason: string | null;
  readonly succeeded: boolean;
  readonly trigger: "scheduled" | "manual";
  readonly isResent: boolean;
  /** Null where it was not kept, and after the content was expunged. */
  readonly detail: AttemptDetail | null;
  /** Present on request. */
  readonly event: EventRow | null;
};

export type DeliveryContent = {
  readonly endpointId: string;
  readonly part: number;
  readonly attempts: number;
  /** Whether the next attempt is one that was asked for. */
  readonly isReplay: boolean;
  /** Null once the content was expunged. `toSnapshot` makes the snapshot of it. */
  readonly content: {
    readonly facts: SnapshotFacts;
    readonly participants: string | null;
  } | null;
};

/** An event for an account of its forms; `readMatched` reads `matched`. */
export type EventContent = {
  readonly id: string;
  /** Columns as they are stored. */
  readonly matched: {
    readonly type: string;
    readonly channels: string | null;
    readonly tags: string | null;
    readonly matching: string | null;
    readonly participants: string | null;
  };
  /** Null once the content was expunged. `toSnapshot` makes the snapshot of it and of the participants. */
  readonly facts: SnapshotFacts | null;
  /** Null without a parent, and when the parent is no longer kept. */
  readonly derivedFrom: EventName | null;
  /** Those that are kept, at most one of each type. */
  readonly derived: readonly EventName[];
};
export type EventName = { readonly id: string; readonly type: string };

export type EventFilter = {
  readonly channel?: string;
  /** Selects events with at least one of them. */
  readonly channels?: readonly string[];
  readonly tag?: string;
  readonly eventTypes?: readonly string[];
  /** Exclusive upper bound of the time of acceptance, or of the attempt. */
  readonly until?: number;
  /** Inclusive lower bound. */
  readonly since?: number;
};

/** A selection of events by their names, their payloads and their deliveries. */
export type EventSearch = {
  /** A number or a user id of another party. */
  readonly number?: string;
  /** The publisher's id of a message that the event names. */
  readonly messageId?: string;
  /** A part of the payload as it was published; ASCII letters match in any case. */
  readonly contains?: string;
  /** A member of the payload, with names of objects and positions in lists, and its value as text. */
  readonly field?: { readonly path: readonly string[]; readonly value: string };
  /** Selects events with a delivery to this endpoint. */
  readonly endpointRef?: string;
  /** Selects events with one of these marks at an endpoint. */
  readonly marks?: readonly Mark[];
};

export type FoundEvents = Page<EventRow & { readonly marks: readonly MarkView[] }> & MarkedPage;

export type AttemptFilter = EventFilter & {
  readonly statuses?: readonly ("delivered" | "failed")[];
  /** One of 0, 100, 200, 300, 400 and 500; 0 means no status line. */
  readonly statusCodeClass?: number;
};

/**
 * `next` is a cursor behind every examined event, so pages with events may follow a page without events. It
 * belongs to the application and does not show a position.
 */
export type FeedPage = {
  readonly events: readonly EventRow[];
  readonly next: string;
  readonly done: boolean;
};

/**
 * Every `eventId` parameter also accepts the publisher's own id while its dedupe window lasts. A page may
 * contain fewer events than its limit when their payloads are large.
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
   * The same with a search, and on request with the marks of the events. A page that ends early says how far it
   * came. Refuses with `not_found` an unknown endpoint.
   */
  searchEvents(p: {
    appRef: string;
    window: PageRequest;
    filter: EventFilter;
    search: EventSearch;
    withMarks: boolean;
    now: number;
  }): Promise<FoundEvents | null>;
  /**
   * Events in commit order; a reader that polls with the returned `next` never misses one. `after` is such a
   * `next`, an event id, or null for the oldest. Null when the app is unknown. Refuses with `invalid_field` a
   * cursor that is not of this app.
   */
  feed(p: {
    appRef: string;
    after: string | null;
    limit: number;
    filter?: Pick<EventFilter, "eventTypes" | "channel" | "channels" | "since">;
  }): Promise<FeedPage | null>;
  /**
   * Deletes the payload and the text of the message that it created, and keeps the event. Its pending
   * deliveries fail with `content_expunged`. False when unknown.
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
  /** The attempt with its event. */
  getAttempt(p: {
    appRef: string;
    eventId: string;
    attemptId: string;
  }): Promise<AttemptView | null>;
  /** A null `part` is any of them. Null when there is no such delivery. */
  deliveryContent(p: {
    appRef: string;
    eventId: string;
    endpointRef: string;
    part: number | null;
  }): Promise<DeliveryContent | null>;
  /** `ref` as for `getEvent`. Null when unknown. */
  eventContent(p: { appRef: string; ref: string }): Promise<EventContent | null>;
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
  /** Endpoints with a delivery of the event. `window.after` is an endpoint id. */
  deliveriesOfEvent(p: { appRef: string; eventId: string; window: PageRequest }): Promise<Page<{
    readonly endpointId: string;
    readonly status: DeliveryStatus;
    readonly nextAttemptAt: number | null;
  }> | null>;
}
