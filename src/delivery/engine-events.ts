/** Events by which parts of the engine notify others. `engine-parts.ts` alone decides who acts on an event. */
import type { Instant } from "../core/snapshot.ts";
import type { Lane } from "./lane/lane.ts";

export type EngineEvent =
  /** A delivery or a probe is due at this instant. */
  | { readonly kind: "due"; readonly at: Instant }
  /** These endpoints have deliveries that are due now. */
  | { readonly kind: "endpointsDue"; readonly endpointIds: readonly string[] }
  /** A lane has drained and the store has more for it. */
  | { readonly kind: "wanted"; readonly endpointId: string }
  /** An attempt has ended: its slot can be released and the lane may continue. */
  | { readonly kind: "finished"; readonly lane: Lane; readonly tookFastSlot: boolean }
  /** Each of these lanes has one leased delivery less; a lane may appear several times. */
  | { readonly kind: "settled"; readonly lanes: readonly Lane[] }
  /** The recorder has room again. */
  | { readonly kind: "room" }
  /** The lane's endpoint was loaded. */
  | { readonly kind: "loaded"; readonly lane: Lane }
  /** The lane waited for this moment. */
  | { readonly kind: "woken"; readonly lane: Lane }
  /** No version of the endpoint older than this one may be used. */
  | { readonly kind: "changed"; readonly endpointId: string; readonly version: number }
  /** The lease was renewed, and these are its fences by shard. */
  | { readonly kind: "held"; readonly fences: ReadonlyMap<number, number> };

export type Emit = (event: EngineEvent) => void;
