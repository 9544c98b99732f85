/** Filtered pages, for the lists of this driver that are not steps yet. */
import { scan as scanSteps, type Scan } from "../../history/scan.ts";
import type { Scanned } from "../../paging.ts";
import { runSteps, toSession, wait } from "../session.ts";
import type { Reader } from "../types.ts";

/** `place` is where a row lies in the order of its list. */
export async function scan<Row extends { readonly place: number }>(
  reader: Reader,
  p: Scan<Row, Promise<readonly Row[]>>,
): Promise<Scanned<Row>> {
  const read: Scan<Row, unknown>["read"] = (...range) => wait(() => p.read(...range));
  return await runSteps(
    scanSteps(toSession(reader), { ...p, read: read as never }, ({ place }) => place),
  );
}
