/** `hookline backup`: one moment of the store in a file of its own, taken beside a live server. */
import type { Settings } from "../config/settings.ts";
import { refuseMissingStore } from "../config/store-place.ts";
import { backUpStore } from "../store/backup.ts";
import { reportCopy } from "./report-copy.ts";

export async function backUp(settings: Settings, { to }: { to: string }): Promise<number> {
  refuseMissingStore(settings);
  const copy = await backUpStore(settings.store, { to });
  reportCopy(`${to} is a whole copy, checked and on the disk`, copy);
  console.log("It does not hold the key. What is accepted from now on is not in it.");
  return 0;
}
