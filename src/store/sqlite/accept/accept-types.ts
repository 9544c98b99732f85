import type { PublishState } from "../../accept/accept-state.ts";
import type { DeliveryWire, EventWire } from "../thread/leased-wire.ts";

/** The deliveries of one publish that concern its answer. */
export type Made = {
  readonly events: EventWire[];
  readonly deliveries: DeliveryWire[];
  /** The endpoint of each delivery that failed at once. */
  readonly full: string[];
};

export type WriterAcceptState = PublishState & {
  /** Returns the deliveries since the last call. */
  takeMade(): Made;
};
