/**
 * The condition "pending" for deliveries that are found by their `seq`. With `= 0`, the planner may think
 * that a partial index of pending deliveries is small, and read it from end to end for each delivery. This
 * was seen on 2026-11-23, with statistics from before a backlog.
 */
export const STILL_PENDING = "delivery.state < 1";
