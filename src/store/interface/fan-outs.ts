/**
 * Large fan-outs: events whose deliveries are made after their publish, in short parts. An application's
 * events are fanned out in the order of the feed. See `decisions/018-large-fan-outs.md`.
 */
export interface FanOutStore {
  /** Called for every publish of this node that left deliveries for later; other nodes' are found by polling. */
  listen(p: { onCreated: () => void }): void;
  /**
   * Runs one part of one application: at most about `limit` deliveries. Matching that finds nothing ends after
   * `sliceMs`. The application is the next one after `after`, which is the last step's `next`; 0 begins.
   */
  step(p: { now: number; after: number; limit: number; sliceMs: number }): Promise<{
    /** Deliveries made. */
    readonly made: number;
    /** Another node has the application. */
    readonly isTaken: boolean;
    /** Null when no application has events that are not fanned out. */
    readonly next: number | null;
  }>;
}
