/** The fields of an endpoint that decide whether it gets an event. */
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
};

/** `parked` and `cancelled` deliveries follow from the endpoint: paused or disabled, and deleted. */
export type EndpointStatus = "enabled" | "paused" | "disabled" | "deleted";
