/**
 * Locks an app against its accepts. A change of the app or of its endpoints waits for the accepts that read
 * them. Later accepts read them again (I11).
 */
import { lockAlone } from "../server/locks.ts";
import type { Tx } from "../types.ts";

/** Call this before reading the rows to change. */
export async function lockApp(tx: Tx, appSeq: number): Promise<void> {
  await lockAlone(tx, "app", [appSeq]);
}

/**
 * Call this with every change of an endpoint: every node's next accept reads the changed ones. A trigger numbers
 * their rows.
 */
export async function touchEndpoints(tx: Tx, appSeq: number): Promise<void> {
  tx.afterCommit.endpointsChanged(appSeq);
  await tx.run("UPDATE app SET endpoints_version = endpoints_version + 1 WHERE seq = $1", [appSeq]);
}
