/**
 * Row ids of the copy follow from the ids in the file and their instants. References to a row therefore need
 * no list of old and new ids, in this run of the copy or in the next.
 */
import { firstRowId } from "../postgres/accept/row-ids.ts";

const MINUTE_MS = 60_000;
const NUMBERS_PER_MINUTE = firstRowId(MINUTE_MS);

/** The SQL of `copiedId` for SQLite. Both arguments are expressions over integers. */
export function copiedIdText(instant: string, seq: string): string {
  return `(max(0, ${instant}) / ${MINUTE_MS} * ${NUMBERS_PER_MINUTE} + ${seq} % ${NUMBERS_PER_MINUTE})`;
}

/** Rows of one minute keep their order, because there are fewer than 2^27 of them. */
export function copiedId(instant: number, seq: number): number {
  return firstRowId(instant) + copiedNumber(seq);
}

/** The lower bits of the id. */
export function copiedNumber(seq: number): number {
  return seq % NUMBERS_PER_MINUTE;
}
