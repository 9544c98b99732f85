/** States of deliveries as both stores keep them; `parked` follows from the endpoint. */
export const STATES = { pending: 0, delivered: 1, failed: 2, cancelled: 3 } as const;
