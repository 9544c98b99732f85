import type { Steps, WriteSession } from "../session.ts";

export type SweepContext = {
  readonly now: number;
  readonly dedupeWindowMs: number;
  /** Events accepted before this instant are expired. */
  readonly horizon: number;
};

/** Does up to `limit` rows of its kind and returns how many it did: 0 when nothing remains. */
export type Work = (s: WriteSession, cx: SweepContext, limit: number) => Steps<number>;
