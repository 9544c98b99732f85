export type SweepContext = {
  readonly now: number;
  readonly dedupeWindowMs: number;
  /** What was accepted before this instant is past its retention. */
  readonly horizon: number;
};

/** What was done, and what the node has to hear of once it is committed. */
export type Swept = {
  readonly busy: boolean;
  readonly heldMs: number;
  readonly horizon: number;
};
