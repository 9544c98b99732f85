/** The queue's statements for the rules of the store, row by row inside the writer. */
import { earliestByEndpoint } from "../../queue/due.ts";
import type { QueueStatements } from "../../queue/queue-statements.ts";
import { notifyOperator } from "../accept/operational-events.ts";
import { now } from "../session.ts";
import type { Writer } from "../thread/writer-types.ts";
import { endRows } from "./end-pending.ts";
import { addDue, requeueEndpoint } from "./endpoint-queue.ts";
import { findOpenBreakers, findOverdue } from "./find-overdue.ts";
import { findFirsts, makeDue } from "./ordering.ts";
import { releaseRows } from "./queue.ts";
import { findCurrent, insertAttempts, writeOutcomes } from "./record-rows.ts";

export function queueStatements(toWriter: () => Writer): QueueStatements {
  return {
    tally: (appSeq, change) => toWriter().afterCommit.tally(appSeq, change),
    pendingChanged: (endpointSeq, count) => toWriter().backlog.add(endpointSeq, count),
    leasedChanged: (endpointSeq, fence, count) =>
      toWriter().state.addLeased(endpointSeq, fence, count),
    addDue: (dues) =>
      now(() => {
        const writer = toWriter();
        for (const [endpointSeq, dueAt] of earliestByEndpoint(dues)) {
          // Deliveries that have waited longer behind an open breaker may have had no row.
          const isOpen = (writer.state.endpointBySeq(endpointSeq)?.probeAt ?? null) !== null;
          if (isOpen) requeueEndpoint(writer, endpointSeq);
          else addDue(writer, endpointSeq, dueAt);
        }
      }),
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
    findCurrent: (outcomes) => now(() => findCurrent(toWriter(), outcomes)),
    writeOutcomes: (changes) => now(() => writeOutcomes(toWriter(), changes)),
    releaseRows: (p) => now(() => releaseRows(toWriter(), p)),
    insertAttempts: (rows) => now(() => insertAttempts(toWriter(), rows)),
    findFirsts: (keys) => now(() => findFirsts(toWriter(), keys)),
    makeDue: (rows) => now(() => makeDue(toWriter(), rows)),
    endRows: (deliveries, change) => now(() => endRows(toWriter(), deliveries, change)),
    notifyOperator: (occurrences) =>
      now(() => {
        for (const occurrence of occurrences) notifyOperator(toWriter(), occurrence);
      }),
    drainSuppressed: () => toWriter().operationalEvents.drainSuppressed(),
    findOpenBreakers: (p) => now(() => findOpenBreakers(toWriter(), p)),
    findOverdue: (open, p) => now(() => findOverdue(toWriter(), open, p)),
  };
}
