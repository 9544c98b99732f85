/** A copy that was read whole after it was written: every page, and every delivery recounted. */
import type { Accounting } from "./upkeep.ts";

export type CheckedCopy = {
  readonly bytes: number;
  /** Fingerprints of the keys that its secrets are encrypted with; two while it was being re-keyed. */
  readonly keys: readonly string[];
  /** Accepted up to this position of the feed; null when there is no event. */
  readonly lastSequence: number | null;
  readonly totals: Omit<Accounting, "appId">;
};
