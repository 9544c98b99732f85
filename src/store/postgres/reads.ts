/** Every query of the store by name: the one list that `store.ts` serves. */
import { type Calls, QUERIES, toCalls } from "../calls.ts";
import type { HistorySession } from "../history/session.ts";
import { gauges } from "../maintenance/accounting.ts";
import { toHistorySession } from "./history/session.ts";
import { check } from "./maintenance/check.ts";
import { describe } from "./maintenance/describe.ts";
import { storeBytes } from "./maintenance/store-bytes.ts";
import { runSteps, wait } from "./session.ts";
import type { Reader } from "./types.ts";

/** Runs inside one read transaction and limits its rows. */
export type Read = (reader: Reader, p: never) => Promise<unknown>;

const SHARED = toCalls<HistorySession>(QUERIES, (query): Read => {
  return async (reader, p) => await runSteps(query(toHistorySession(reader), p));
}) as Calls<Reader, typeof QUERIES, true>;

export const READS = {
  ...SHARED,
  "upkeep.check": check,
  "upkeep.describe": async (reader: Reader) => await describe(reader),
  "upkeep.gauges": async (reader: Reader) =>
    await runSteps(
      gauges(
        toHistorySession(reader),
        wait(() => storeBytes(reader)),
      ),
    ),
} as const satisfies Record<string, Read>;
