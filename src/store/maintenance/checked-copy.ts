/**
 * A copy that was read completely after it was written: every page was read, and every delivery recounted.
 */
import type { Accounting } from "../interface/upkeep.ts";

export type CheckedCopy = {
  readonly bytes: number;
  /** Fingerprints of the keys that encrypt its secrets; two during a key rotation. */
  readonly keys: readonly string[];
  /** Last position of the feed in the copy; null when there is no event. */
  readonly lastSequence: number | null;
  readonly totals: Omit<Accounting, "appId">;
};
