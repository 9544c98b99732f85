/**
 * An app against its accepts: a change of the app or of its endpoints waits for the accepts that read
 * them, and those after it read them anew (I11).
 */
import { lockAlone } from "./locks.ts";
import type { Tx } from "./types.ts";

/** Before the rows that are to be changed are read. */
export async function lockApp(tx: Tx, appSeq: number): Promise<void> {
  await lockAlone(tx, "app", [appSeq]);
}

/** With every change of an endpoint: every node's picture of the app's endpoints is out of date. */
export async function touchEndpoints(tx: Tx, appSeq: number): Promise<void> {
  await tx.run("UPDATE app SET endpoints_version = endpoints_version + 1 WHERE seq = $1", [appSeq]);
}
