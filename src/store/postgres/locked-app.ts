/** The app as whoever changes one of its endpoints has to find it. */
import { type AppRow, findApp } from "./apps.ts";
import { lockApp } from "./app-locks.ts";
import type { Tx } from "./types.ts";

/** Locked alone until the transaction ends, and read again under the lock; null when there is none. */
export async function findAppToChange(tx: Tx, ref: string): Promise<AppRow | null> {
  const found = await findApp(tx, ref);
  if (found === null) return null;
  await lockApp(tx, found.seq);
  return await findApp(tx, found.id);
}
