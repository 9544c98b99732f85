/** Filtered pages, for the lists of this driver that are not steps yet. */
import { scan as scanSteps, type Scan } from "../../history/scan.ts";
import type { Scanned } from "../../paging.ts";
import { now, readSession, runNow } from "../session.ts";
import type { Reader } from "../thread/writer-types.ts";

export function scan<Row extends { readonly seq: number }>(
  reader: Reader,
  p: Scan<Row, readonly Row[]>,
): Scanned<Row> {
  const read: Scan<Row, unknown>["read"] = (...range) => now(() => p.read(...range));
  return runNow(scanSteps(readSession(reader), { ...p, read: read as never }, ({ seq }) => seq));
}
