/**
 * The states of a delivery and every transition between them, as data. `pending`, `delivered` and
 * `failed` are stored. `sending` is a pending delivery that is leased; `parked` and `cancelled` are
 * pending ones whose endpoint is paused or disabled, or deleted. A test compares `docs/recovery.md`
 * with this table, and the contract suite walks it at random: any other transition is a bug.
 */
export const DELIVERY_STATES = {
  pending: "due at a time, or waiting behind its ordering key",
  sending: "an attempt is under way, or in the endpoint's lane",
  parked: "waiting until its endpoint is enabled; the time does not count towards the 72 hours",
  delivered: "the receiver answered with success",
  failed: "no further attempt is made automatically",
  cancelled: "its endpoint, or its application, was deleted",
} as const;

export type DeliveryState = keyof typeof DELIVERY_STATES;

/** One transition and its cause; `null` is the start. */
export type DeliveryTransition = {
  readonly from: DeliveryState | null;
  readonly to: DeliveryState;
  readonly when: string;
};

export const DELIVERY_TRANSITIONS: readonly DeliveryTransition[] = [
  { from: null, to: "pending", when: "the event is accepted, or a missed event is replayed" },
  { from: null, to: "sending", when: "the event is accepted and its endpoint has room" },
  {
    from: null,
    to: "parked",
    when: "the event is accepted or replayed while the endpoint is paused",
  },
  {
    from: null,
    to: "failed",
    when: "the endpoint has reached its quota of pending deliveries (`backlog_full`)",
  },
  { from: "pending", to: "sending", when: "it is due and its endpoint has room" },
  { from: "pending", to: "parked", when: "the endpoint is paused or disabled" },
  {
    from: "pending",
    to: "failed",
    when: "its content is deleted, or its time ends while the breaker is open",
  },
  { from: "pending", to: "cancelled", when: "the endpoint is deleted" },
  { from: "sending", to: "delivered", when: "the receiver answers with success" },
  {
    from: "sending",
    to: "pending",
    when: "it fails with attempts left, or by the server's own fault",
  },
  { from: "sending", to: "failed", when: "its last attempt fails, or its content is deleted" },
  { from: "sending", to: "parked", when: "it fails while the endpoint is paused or disabled" },
  { from: "sending", to: "cancelled", when: "it fails while the endpoint is being deleted" },
  { from: "parked", to: "pending", when: "the endpoint is enabled" },
  { from: "parked", to: "failed", when: "its content is deleted: `content_expunged`, `expired`" },
  { from: "parked", to: "cancelled", when: "the endpoint is deleted" },
  { from: "delivered", to: "pending", when: "it is replayed" },
  {
    from: "delivered",
    to: "parked",
    when: "it is replayed and the endpoint is paused or disabled",
  },
  { from: "failed", to: "pending", when: "it is replayed" },
  { from: "failed", to: "parked", when: "it is replayed and the endpoint is paused or disabled" },
];

/** Whether a delivery may go from `from` to `to`. Staying in a state is always legal. */
export function isLegalTransition(from: DeliveryState | null, to: DeliveryState): boolean {
  return (
    from === to ||
    DELIVERY_TRANSITIONS.some((transition) => transition.from === from && transition.to === to)
  );
}
