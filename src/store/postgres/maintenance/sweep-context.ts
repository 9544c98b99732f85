export type SweepContext = {
  readonly now: number;
  readonly dedupeWindowMs: number;
  /** Events accepted before this instant are past their retention. */
  readonly horizon: number;
};

/** The work that was done, and the horizon for the node to apply after the commit. */
export type Swept = {
  readonly busy: boolean;
  readonly heldMs: number;
  readonly horizon: number;
};
