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

/** Events and attempts of an application that had no notice of each, because its clients will read anyway. */
export type LiveCount = {
  readonly kind: "count";
  readonly appId: string;
  readonly events: number;
  readonly attempts: number;
  readonly failures: number;
};

/** Without a client `nothing`; `counts` while its clients get a `gap` in place of notices. */
export type LiveWanted = "nothing" | "counts" | "notices";

/** Where the server reports changes after their commits. */
export type LiveTap = {
  /** Callers make no notice that is not wanted, so that a change without a client costs one comparison. */
  wanted(appId: string): LiveWanted;
  notify(change: LiveNotice | LiveCount): void;
};

/** For an engine or a test without a live stream. */
export const NO_TAP: LiveTap = { wanted: () => "nothing", notify: () => undefined };
