/** The fields of an endpoint, and of an event, that decide whether the endpoint gets the event. */
import type { Dialect } from "../snapshot.ts";

export type EndpointMatch = {
  readonly endpointId: string;
  readonly dialect: Dialect;
  readonly status: EndpointStatus;
  /** Event types for svix; the dialect's event names for other dialects. Null is every type. */
  readonly eventTypes: readonly string[] | null;
  readonly channels: readonly string[] | null;
  readonly tags: readonly string[] | null;
  readonly lines: readonly string[] | null;
  readonly wantsHistory: boolean;
  /** The text of a payload filter; null without one. */
  readonly filter: string | null;
};

/** `parked` and `cancelled` deliveries follow from the endpoint: paused or disabled, and deleted. */
export type EndpointStatus = "enabled" | "paused" | "disabled" | "deleted";

/** The fields of an event that decide which endpoints get it, besides its names in the dialects. */
export type MatchedEvent = {
  readonly onlyEndpointId: string | null;
  readonly historical: boolean;
  readonly channels: readonly string[];
  readonly tags: readonly string[];
};

/** A paused endpoint gets its delivery, which is parked. A disabled endpoint can have it replayed later. */
export function isListening({ status }: Pick<EndpointMatch, "status">): boolean {
  return status === "enabled" || status === "paused";
}
