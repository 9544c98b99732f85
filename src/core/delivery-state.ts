/**
 * The states of a delivery and every move between them, as data. `pending`, `delivered`, `failed` are
 * stored; `sending` is a pending one that is leased, `parked` and `cancelled` are pending ones whose
 * endpoint is paused or disabled, or deleted. The table of `docs/recovery.md` is held against this
 * one, and the contract of the stores walks it at random: a move that is not here is a bug.
 */
export const DELIVERY_STATES = {
  pending: "due at a time, or waiting behind its ordering key",
  sending: "an attempt is under way, or in the endpoint's lane",
  parked: "waits until its endpoint is enabled; the time does not count towards the 72 hours",
  delivered: "the receiver took it",
  failed: "no more attempts are made by themselves",
  cancelled: "its endpoint, or its application, was deleted",
} as const;

export type DeliveryState = keyof typeof DELIVERY_STATES;

/** What brings a delivery from one state to another; `null` is the start. */
export type DeliveryMove = {
  readonly from: DeliveryState | null;
  readonly to: DeliveryState;
  readonly when: string;
};

export const DELIVERY_MOVES: readonly DeliveryMove[] = [
  { from: null, to: "pending", when: "the event is accepted, or replayed as missed" },
  { from: null, to: "sending", when: "the event is accepted and its endpoint has room" },
  {
    from: null,
    to: "parked",
    when: "the endpoint is paused, or a missed event is replayed to one",
  },
  { from: null, to: "failed", when: "the endpoint has its whole quota pending (`backlog_full`)" },
  { from: "pending", to: "sending", when: "it is due and its endpoint has room" },
  { from: "pending", to: "parked", when: "the endpoint is paused or disabled" },
  { from: "pending", to: "failed", when: "its content goes, or its time behind an open breaker" },
  { from: "pending", to: "cancelled", when: "the endpoint is deleted" },
  { from: "sending", to: "delivered", when: "the receiver answers with success" },
  { from: "sending", to: "pending", when: "it fails with attempts left, or the fault is ours" },
  { from: "sending", to: "failed", when: "it fails for the last time, or its content goes" },
  { from: "sending", to: "parked", when: "it fails while the endpoint is paused or disabled" },
  { from: "sending", to: "cancelled", when: "it fails while the endpoint is being deleted" },
  { from: "parked", to: "pending", when: "the endpoint is enabled" },
  { from: "parked", to: "failed", when: "its content goes: `content_expunged`, `expired`" },
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

/** Whether one step may bring a delivery from `from` to `to`. Staying is no move, and always legal. */
export function isLegalMove(from: DeliveryState | null, to: DeliveryState): boolean {
  return from === to || DELIVERY_MOVES.some((move) => move.from === from && move.to === to);
}
