/**
 * Of deliveries that are found by their `seq`: pending. Said with `= 0`, the planner may take one of
 * the partial indexes of pending deliveries for small and read it from end to end, for each of them
 * (seen 2026-11-23, with statistics from before a backlog).
 */
export const STILL_PENDING = "delivery.state < 1";
