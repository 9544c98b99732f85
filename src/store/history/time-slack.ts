/**
 * The slack of searches by time. Clocks step and differ, and commits overtake each other a little. So a range
 * of time is widened before its rows are searched, and the exact instants are compared row by row.
 */
import type { TimeRange } from "../session.ts";

const SLACK_MS = 5 * 60_000;

/** Rows of `since <= at < until` were created in this range; a missing bound is null. */
export function widen({ since, until }: TimeRange): {
  readonly since: number | null;
  readonly until: number | null;
} {
  return {
    since: since === undefined || since === null ? null : since - SLACK_MS,
    until: until === undefined || until === null ? null : until + SLACK_MS,
  };
}
