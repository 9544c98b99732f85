export type SweepContext = {
  readonly now: number;
  readonly retentionMs: number;
  readonly dedupeWindowMs: number;
};
