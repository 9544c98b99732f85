/** Every change of the store by name: the only list that the writer thread serves. */
import { type Calls, type CHANGES, toChanges } from "../../calls.ts";
import type { HistoryWriteSession } from "../../history/session.ts";
import { publish } from "../accept/accept.ts";
import { ping } from "../file/ping.ts";
import { sweep } from "../maintenance/sweep.ts";
import { claim, dueEndpoints } from "../queue/queue.ts";
import { hold, owners, releaseShards } from "../queue/shards.ts";
import { runNow } from "../session.ts";
import type { Writer } from "./writer-types.ts";

/** Synchronous, inside the group's transaction; a thrown `AppError` is the refusal of this one call. */
export type Write = (writer: Writer, p: never) => unknown;

const SHARED = toChanges<HistoryWriteSession>((change): Write => {
  return ({ session }, p) => runNow(change(session, p));
}) as Calls<Writer, typeof CHANGES, false>;

export const WRITES = {
  ...SHARED,
  "upkeep.sweep": sweep,
  "store.ping": ping,
  "accept.publish": publish,
  "queue.dueEndpoints": dueEndpoints,
  "queue.claim": claim,
  "shards.hold": hold,
  "shards.release": releaseShards,
  "shards.owners": owners,
} as const satisfies Record<string, Write>;
