/** Every query of the store by name: the only list that the reader threads serve. */
import { type Calls, QUERIES, toCalls } from "../../calls.ts";
import type { HistorySession } from "../../history/session.ts";
import { gauges } from "../../maintenance/accounting.ts";
import { historySession } from "../history/session.ts";
import { check } from "../maintenance/check.ts";
import { describe } from "../maintenance/describe.ts";
import { storeBytes } from "../maintenance/store-bytes.ts";
import { now, runNow } from "../session.ts";
import type { Reader } from "./writer-types.ts";

/** Synchronous, inside one read transaction, with its row limit. */
export type Read = (reader: Reader, p: never) => unknown;

const SHARED = toCalls<HistorySession>(QUERIES, (query): Read => {
  return (reader, p) => runNow(query(historySession(reader), p));
}) as Calls<Reader, typeof QUERIES, false>;

export const READS = {
  ...SHARED,
  "upkeep.check": check,
  "upkeep.describe": (reader: Reader) => describe(reader),
  "upkeep.gauges": (reader: Reader) =>
    runNow(
      gauges(
        historySession(reader),
        now(() => storeBytes(reader)),
      ),
    ),
} as const satisfies Record<string, Read>;
