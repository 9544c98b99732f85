/** Rows of large fan-outs, and the deliveries of their parts. */
import type { NewFanOut, StoredEvent } from "../../accept/accept-state.ts";
import { toReserved } from "../../fan-outs/reserved.ts";
import type { FanOutDraft, FanOutStatements } from "../../fan-outs/statements.ts";
import { now } from "../session.ts";
import type { Writer } from "../thread/writer-types.ts";

export function addFanOut({ sql, state, afterCommit }: Writer, row: NewFanOut): void {
  sql(
    `INSERT INTO fanOut (appSeq, place, eventSeq, reached, newestEndpoint, remaining, bytes)
     VALUES (?, ?, ?, 0, ?, ?, ?)`,
  ).run(row.appSeq, row.eventSeq, row.eventSeq, row.newestEndpoint, row.remaining, row.bytes);
  state.addFanningOut(row.appSeq);
  afterCommit.tally(row.appSeq, toReserved(row));
}

export function fanOutStatements(toWriter: () => Writer): FanOutStatements {
  return {
    loadAcceptEndpoints: ({ seq }) => now(() => toWriter().state.loadEndpoints(seq)),
    addFannedOut: (_, drafts) => now(() => addFannedOut(toWriter(), drafts)),
    fanOutsEnded: () => toWriter().state.forgetFanningOut(),
  };
}

function addFannedOut({ accept }: Writer, drafts: readonly FanOutDraft[]): readonly string[] {
  accept.takeMade();
  for (const { event, endpoint, webhookIndex } of drafts) {
    const stored: StoredEvent = {
      context: { publish: 0, mayLease: false },
      row: event,
      bytes: event.bytes,
    };
    accept.addDelivery(stored, endpoint, webhookIndex);
  }
  return accept.takeMade().full;
}
