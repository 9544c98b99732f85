/**
 * Notices of the live stream: something has changed, by ids and plain facts. They carry no text, number or
 * payload (I10), so a page reads the content by its own rights.
 */
export type EventNotice = {
  readonly kind: "event";
  readonly appId: string;
  readonly id: string;
  readonly eventType: string;
};

export type AttemptNotice = {
  readonly kind: "attempt";
  readonly appId: string;
  readonly id: string;
  readonly eventId: string;
  readonly endpointId: string;
  /** 0 without a status line. */
  readonly statusCode: number;
  readonly succeeded: boolean;
  readonly durationMs: number;
};

export type EndpointNotice = {
  readonly kind: "endpoint";
  readonly appId: string;
  readonly id: string;
};

export type TaskNotice = {
  readonly kind: "task";
  readonly appId: string;
  readonly id: string;
  readonly state: string;
};

export type LiveNotice = EventNotice | AttemptNotice | EndpointNotice | TaskNotice;

/** Where the server reports changes after their commits. */
export type LiveTap = {
  /** Whether a client listens. Callers make no notice otherwise, so that a change then costs one comparison. */
  isWatched(): boolean;
  notify(notice: LiveNotice): void;
};

/** For an engine or a test without a live stream. */
export const NO_TAP: LiveTap = { isWatched: () => false, notify: () => undefined };
