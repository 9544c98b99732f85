/**
 * `hookline backup`: copies the store as of one moment to a separate file, while the server may be running.
 */
import type { Settings } from "../config/settings.ts";
import { refuseMissingStore } from "../config/store-place.ts";
import { backUpStore } from "../store/maintenance/backup.ts";
import { reportCopy } from "./report-copy.ts";

export async function backUp(settings: Settings, { to }: { to: string }): Promise<number> {
  refuseMissingStore(settings);
  const copy = await backUpStore(settings.store, { to });
  reportCopy(`${to} is a complete copy, checked and synced to disk`, copy);
  console.log(
    "The copy does not contain the encryption key, nor anything accepted after this backup.",
  );
  return 0;
}
