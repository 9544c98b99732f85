/**
 * Log lines about an unavailable store: one when the first call fails, one when every failed source works
 * again. Each loop of the engine is a separate source, and calls fail each second.
 */
import { AppError } from "../core/error.ts";
import type { Telemetry } from "./events.ts";
import type { Metrics } from "./metrics.ts";

export type StoreWork =
  | "claim"
  | "record"
  | "release"
  | "lease"
  | "sweep"
  | "job"
  | "fan-out"
  | "series"
  | "configuration";

export type StoreCalls = {
  /** Records a failed call that will be retried; nothing is lost (I7). */
  failed(err: unknown): void;
  worked(): void;
};

/** Number of failing sources per server. */
const failing = new WeakMap<Metrics, number>();

export function createStoreCalls({ logger, metrics }: Telemetry, work: StoreWork): StoreCalls {
  let isFailing = false;
  const countAfter = (change: number): number => {
    const count = (failing.get(metrics) ?? 0) + change;
    failing.set(metrics, count);
    return count;
  };
  return {
    failed(err) {
      metrics.store.unavailable.inc({ work });
      const isFirst = !isFailing && countAfter(1) === 1;
      isFailing = true;
      if (isBug(err)) logger.error({ work, err }, "store call failed");
      else if (isFirst) {
        logger.error(
          { work, reason: toReason(err) },
          "store unavailable: publishers get 503 and deliveries wait until it is available again",
        );
      } else logger.debug({ work, reason: toReason(err) }, "store call failed");
    },
    worked() {
      if (!isFailing) return;
      isFailing = false;
      if (countAfter(-1) === 0) logger.info({ work }, "store available again");
    },
  };
}

/** Returns true for any error except a refusal of the store: a bug is logged with its stack. */
function isBug(err: unknown): boolean {
  return !(err instanceof AppError) || err.code === "internal";
}

/** Returns the message of the database or the system, which is in the cause. */
function toReason(err: unknown): string {
  const { message, cause } = err as Error;
  return cause instanceof Error && cause.message !== "" ? cause.message : message;
}
