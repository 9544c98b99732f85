/**
 * Whether publishes can be stored now. A probe writes a real row, on the path of a publish, at most once a
 * second for any number of requests. Publishes are larger than a probe and may fail where it succeeds, so the
 * last ones count as well. It must not know HTTP.
 */
import { AppError } from "../core/error.ts";

export type StoreHealth = {
  /** Resolves while publishes can be stored; rejects with `store_unavailable` while they cannot. */
  check(): Promise<void>;
  /** Reports a publish that was written. */
  stored(): void;
  /** Reports a publish that was refused with `store_unavailable`. */
  notStored(): void;
};

const PROBE_EVERY_MS = 1_000;
/** A slower store is of no use to a publisher. */
const PROBE_DEADLINE_MS = 5_000;
/** Consecutive failed publishes after which the store counts as unwritable. */
const FAILURE_LIMIT = 3;
/**
 * Time after the last failed publish until the probe decides again. A load balancer that sends nothing here
 * would never see a success.
 */
const QUIET_MS = 5_000;

/** `now` is monotonic, in milliseconds. */
export function createStoreHealth(p: {
  readonly ping: () => Promise<void>;
  readonly now: () => number;
}): StoreHealth {
  let failures = 0;
  let failedAt = 0;
  let last: { readonly at: number; readonly error: unknown } | null = null;
  let running: Promise<void> | null = null;

  async function probe(): Promise<void> {
    const error = await p.ping().then(
      () => null,
      (cause: unknown) => cause,
    );
    last = { at: p.now(), error };
    running = null;
  }

  return {
    async check() {
      if (failures >= FAILURE_LIMIT && p.now() - failedAt < QUIET_MS) {
        throw new AppError("store_unavailable", "The last publishes could not be stored.");
      }
      if (last === null || p.now() - last.at >= PROBE_EVERY_MS) {
        running ??= probe();
        await withinDeadline(running);
      }
      if (last !== null && last.error !== null) throw last.error as Error;
    },
    stored() {
      failures = 0;
    },
    notStored() {
      failures += 1;
      failedAt = p.now();
    },
  };
}

async function withinDeadline(probe: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(
      new AppError("store_unavailable", "The store did not answer a probe within 5 seconds."),
    );
  }, PROBE_DEADLINE_MS);
  try {
    await Promise.race([probe, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
