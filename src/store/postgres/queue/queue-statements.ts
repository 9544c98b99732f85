/** The queue's statements for the rules of the store, in sets inside a write transaction. */
import type { QueueStatements } from "../../queue/queue-statements.ts";
import { findLogReceiver, notifyOperator } from "../accept/operational-events.ts";
import { wait } from "../session.ts";
import type { Tx } from "../types.ts";
import { endRows } from "./end-rows.ts";
import { addDue, addPlaces, dequeueEndpoints, requeueEndpoints } from "./endpoint-queue.ts";
import { keepLeases } from "../cluster/owner-lease.ts";
import { searchOverdue } from "./search-overdue.ts";
import { findFirsts, makeDue } from "./ordering.ts";
import { releaseRows } from "./release-rows.ts";
import { insertAttempts, loadFenced, writeOutcomes } from "./record-rows.ts";

export function queueStatements(tx: Tx): QueueStatements {
  const { afterCommit } = tx;
  return {
    tally: afterCommit.tally,
    pendingChanged: (endpointSeq, count) => afterCommit.pending({ endpointSeq, count }),
    leasesEnded: (endpointSeq, fence, count) => afterCommit.leased({ endpointSeq, fence, count }),
    addDue: (dues) => wait(() => addDue(tx, dues)),
    addPlaces: (places) => wait(() => addPlaces(tx, places)),
    requeueEndpoints: (endpointSeqs) => wait(() => requeueEndpoints(tx, endpointSeqs)),
    dequeueEndpoints: (endpointSeqs) => wait(() => dequeueEndpoints(tx, endpointSeqs)),
    // Nodes look breakers up in the transaction that relies on them.
    probeMoved: () => undefined,
    loadFenced: (outcomes) => wait(() => loadFenced(tx, outcomes)),
    writeOutcomes: (changes) => wait(() => writeOutcomes(tx, changes)),
    releaseRows: (p) => wait(() => releaseRows(tx, p)),
    insertAttempts: (rows) => wait(() => insertAttempts(tx, rows)),
    findFirsts: (keys) => wait(() => findFirsts(tx, keys)),
    makeDue: (rows) => wait(() => makeDue(tx, rows)),
    endRows: (deliveries, change) => wait(() => endRows(tx, deliveries, change)),
    notifyOperator: (occurrences) => wait(() => notifyOperator(tx, occurrences)),
    findLogReceiver: (now) => wait(() => findLogReceiver(tx, now)),
    drainSuppressed: () => tx.node.operationalEvents.drainSuppressed(),
    keepLease: (owner) => wait(async () => (await keepLeases(tx, [owner])).has(owner)),
    searchOverdue: (search, open, p) => wait(() => searchOverdue(tx, search, open, p)),
  };
}
