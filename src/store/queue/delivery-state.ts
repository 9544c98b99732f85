/** Stored states of a delivery. `parked` is derived: a pending delivery of a paused or disabled endpoint. */
export const STATES = { pending: 0, delivered: 1, failed: 2, cancelled: 3 } as const;
