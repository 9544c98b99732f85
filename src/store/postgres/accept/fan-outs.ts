/** Rows of large fan-outs: written with the events of a group, and worked off in parts. */
import type { NewFanOut, StoredEvent } from "../../accept/accept-state.ts";
import { toReserved } from "../../fan-outs/reserved.ts";
import type { FanOutDraft, FanOutStatements } from "../../fan-outs/statements.ts";
import { insertRows } from "../server/column-arrays.ts";
import { lockAlone } from "../server/locks.ts";
import { wait } from "../session.ts";
import type { Tx } from "../types.ts";
import { insertDeliveries } from "./deliver.ts";

/** No delivery is leased, so no owner's lease is needed. */
const NO_OWNERS: ReadonlySet<string> = new Set();

/** `places` are the places in the feed by the event's number. */
export async function insertFanOuts(
  tx: Tx,
  rows: readonly NewFanOut[],
  places: ReadonlyMap<number, number>,
): Promise<void> {
  for (const row of rows) tx.afterCommit.tally(row.appSeq, toReserved(row));
  const placed = rows.map((row) => ({ ...row, place: places.get(row.eventSeq), reached: 0 }));
  await insertRows(tx, "fan_out", placed);
}

export function fanOutStatements(tx: Tx): FanOutStatements {
  return {
    loadAcceptEndpoints: ({ id }) =>
      wait(async () => (await tx.node.apps.load(tx, [id])).get(id)?.endpoints ?? null),
    addFannedOut: (appSeq, drafts) => wait(() => addFannedOut(tx, appSeq, drafts)),
    // Every accept reads the rows with its application.
    fanOutsEnded: () => undefined,
  };
}

async function addFannedOut(
  tx: Tx,
  appSeq: number,
  drafts: readonly FanOutDraft[],
): Promise<readonly string[]> {
  if (drafts.length === 0) return [];
  const keys = drafts.flatMap(({ event }) => event.orderingKey ?? []);
  await lockAlone(
    tx,
    "orderingKey",
    keys.map((key) => `${appSeq} ${key}`),
  );
  const stored = drafts.map(({ event, ...rest }) => {
    const { bytes } = event;
    const made: StoredEvent = { context: { publish: 0, mayLease: false }, row: event, bytes };
    return { ...rest, event: made };
  });
  const { full } = await insertDeliveries(tx, stored, {
    owners: NO_OWNERS,
    after: Promise.resolve(),
  });
  return full.get(0) ?? [];
}
