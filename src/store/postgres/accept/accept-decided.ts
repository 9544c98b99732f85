/** An event of an accepted publish. As in `NamedEvent`, one of `position` and `place` is set. */
import type { AcceptedEvent, PublishResult } from "../../interface/accept.ts";

export type Accepted = {
  readonly id: string;
  readonly eventId: string | null;
  readonly seq: number;
  readonly position: number | null;
  readonly place: number | null;
} & Pick<AcceptedEvent, "duplicate" | "deliveries" | "undelivered">;

export type Refused = Extract<PublishResult, { kind: "refused" }>;

export type Decided =
  | { readonly kind: "accepted"; readonly appId: string; readonly events: readonly Accepted[] }
  | { readonly kind: "repeated"; readonly resources: readonly string[] }
  | Refused;
