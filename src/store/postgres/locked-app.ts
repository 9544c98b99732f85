/** The app as a change of one of its endpoints needs it. */
import { type AppRow, findApp } from "./apps.ts";
import { lockApp } from "./app-locks.ts";
import type { Tx } from "./types.ts";

/** Locks the app alone until the transaction ends, and reads it under the lock; null when absent. */
export async function findAppToChange(tx: Tx, ref: string): Promise<AppRow | null> {
  const found = await findApp(tx, ref);
  if (found === null) return null;
  await lockApp(tx, found.seq);
  return await findApp(tx, found.id);
}
