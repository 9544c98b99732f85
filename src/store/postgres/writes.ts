/** Every change of the store by name: the one list that `store.ts` serves. */
import { type Calls, type CHANGES, toChanges } from "../calls.ts";
import type { HistoryWriteSession } from "../history/session.ts";
import { owners, releaseShards } from "./cluster/shards.ts";
import { claim } from "./queue/queue.ts";
import { runSteps } from "./session.ts";
import type { Tx } from "./types.ts";
import { toWriteSession } from "./write-session.ts";

/** Runs inside one transaction, which may run again; a thrown `AppError` is the refusal of the call. */
export type Write = (tx: Tx, p: never) => Promise<unknown>;

const SHARED = toChanges<HistoryWriteSession>((change): Write => {
  return async (tx, p) => await runSteps(change(toWriteSession(tx), p));
}) as Calls<Tx, typeof CHANGES, true>;

export const WRITES = {
  ...SHARED,
  "queue.claim": claim,
  "shards.release": releaseShards,
  "shards.owners": owners,
} as const satisfies Record<string, Write>;
