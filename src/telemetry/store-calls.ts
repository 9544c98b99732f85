/**
 * What the log says of a store that is away: one line when the first call fails, one when all that
 * failed work again. Every loop of the engine has a source of its own, and calls fail each second.
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
  | "configuration";

export type StoreCalls = {
  /** A call failed and will be made again; nothing is lost by it (I7). */
  failed(err: unknown): void;
  worked(): void;
};

/** How many sources are failing, by server. */
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
          "store unavailable: publishes are answered 503 and deliveries wait until it is back",
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

/** Anything but a refusal of the store is a fault of the program, and its stack is wanted. */
function isBug(err: unknown): boolean {
  return !(err instanceof AppError) || err.code === "internal";
}

/** What the database or the system said is in the cause. */
function toReason(err: unknown): string {
  const { message, cause } = err as Error;
  return cause instanceof Error && cause.message !== "" ? cause.message : message;
}
