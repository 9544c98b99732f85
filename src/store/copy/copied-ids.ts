/**
 * Row ids of the copy follow from those of the file and from their instants, so that whoever refers
 * to a row finds it without a list of old and new ones, in this run of the copy or in the next.
 */
import { firstRowId } from "../postgres/row-ids.ts";

const MINUTE_MS = 60_000;
const NUMBERS_PER_MINUTE = firstRowId(MINUTE_MS);

/** As `copiedId`, in SQLite's words. Both are expressions over integers. */
export function copiedIdText(instant: string, seq: string): string {
  return `(max(0, ${instant}) / ${MINUTE_MS} * ${NUMBERS_PER_MINUTE} + ${seq} % ${NUMBERS_PER_MINUTE})`;
}

/** Rows of one minute keep their order, as fewer than 2^27 of them do not come into it. */
export function copiedId(instant: number, seq: number): number {
  return firstRowId(instant) + copiedNumber(seq);
}

/** The lower part of the id. */
export function copiedNumber(seq: number): number {
  return seq % NUMBERS_PER_MINUTE;
}
