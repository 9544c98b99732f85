/** The queue's statements for the rules of the store, row by row inside the writer. */
import { earliestByEndpoint } from "../../queue/due.ts";
import { countsFirstDue } from "../../queue/next-due-at.ts";
import type { QueueStatements } from "../../queue/queue-statements.ts";
import { findLogReceiver, notifyOperator } from "../accept/operational-events.ts";
import { now } from "../session.ts";
import type { Writer } from "../thread/writer-types.ts";
import { endRows } from "./end-pending.ts";
import { addDue, addPlaces, requeueEndpoint } from "./endpoint-queue.ts";
import { searchOverdue } from "./search-overdue.ts";
import { hasLease } from "./shards.ts";
import { findFirsts, makeDue } from "./ordering.ts";
import { fencedEndpoints, releaseRows } from "./queue.ts";
import { insertAttempts, writeOutcomes } from "./record-rows.ts";

export function queueStatements(toWriter: () => Writer): QueueStatements {
  const fenced = fencedEndpoints(toWriter);
  return {
    tally: (appSeq, change) => toWriter().afterCommit.tally(appSeq, change),
    pendingChanged: (endpointSeq, count) => toWriter().backlog.add(endpointSeq, count),
    leasesEnded: (endpointSeq, fence, count) =>
      void toWriter().state.leased.remove(endpointSeq, fence, count),
    addDue: (dues) =>
      now(() => {
        const writer = toWriter();
        for (const [endpointSeq, dueAt] of earliestByEndpoint(dues)) {
          const endpoint = writer.state.endpointBySeq(endpointSeq);
          if (endpoint === null) continue;
          if (countsFirstDue(endpoint)) requeueEndpoint(writer, endpointSeq);
          else addDue(writer, endpointSeq, dueAt);
        }
      }),
    addPlaces: (places) => now(() => addPlaces(toWriter(), places)),
    requeueEndpoints: (endpointSeqs) =>
      now(() => {
        for (const endpointSeq of endpointSeqs) requeueEndpoint(toWriter(), endpointSeq);
      }),
    dequeueEndpoints: (endpointSeqs) =>
      now(() => {
        const statement = toWriter().sql("DELETE FROM endpointQueue WHERE endpointSeq = ?");
        for (const endpointSeq of endpointSeqs) statement.run(endpointSeq);
      }),
    probeMoved(endpointSeq, probeAt) {
      const { state } = toWriter();
      const endpoint = state.endpointBySeq(endpointSeq);
      if (endpoint !== null) state.setProbeAt(endpoint, probeAt);
    },
    loadFenced: () => now(() => fenced),
    writeOutcomes: (changes) => now(() => writeOutcomes(toWriter(), changes)),
    releaseRows: (p) => now(() => releaseRows(toWriter(), p)),
    insertAttempts: (rows) => now(() => insertAttempts(toWriter(), rows)),
    findFirsts: (keys) => now(() => findFirsts(toWriter(), keys)),
    makeDue: (rows) => now(() => makeDue(toWriter(), rows)),
    endRows: (deliveries, change) => now(() => endRows(toWriter(), deliveries, change)),
    notifyOperator: (occurrences) => now(() => notifyOperator(toWriter(), occurrences)),
    findLogReceiver: () => now(() => findLogReceiver(toWriter())),
    drainSuppressed: () => toWriter().operationalEvents.drainSuppressed(),
    keepLease: (owner) => now(() => hasLease(toWriter(), owner)),
    searchOverdue: (search, open, p) => now(() => searchOverdue(toWriter(), search, open, p)),
  };
}
