/** Applications that have events which are not fanned out. */
import type { Connection } from "../connection.ts";

/** One search per application. */
export function loadFanningOut({ sql }: Connection): Set<number> {
  const found = new Set<number>();
  const next = sql("SELECT min(appSeq) AS appSeq FROM fanOut WHERE appSeq > ?");
  for (let appSeq: number | null = 0; ;) {
    appSeq = next.get(appSeq)?.["appSeq"] as number | null;
    if (appSeq === null) return found;
    found.add(appSeq);
  }
}
