/**
 * Milliseconds of the machine's monotonic clock, which is the same in every process, unlike
 * `performance.now`.
 */
import { hrtime } from "node:process";

export function monotonicMs(): number {
  const [seconds, nanoseconds] = hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}
