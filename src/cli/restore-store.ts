/** `hookline restore`: puts a checked copy of a backup in place of the store, before the first start. */
import { existsSync } from "node:fs";
import { storeFile } from "../config/credentials.ts";
import type { Settings } from "../config/settings.ts";
import { restoreStore } from "../store/maintenance/backup.ts";
import { reportCopy } from "./report-copy.ts";

export async function restore(settings: Settings, { from }: { from: string }): Promise<number> {
  const copy = await restoreStore(settings.store, { from });
  reportCopy(`${settings.store} is restored from ${from}, checked and synced to disk`, copy);
  const keyFile = `${storeFile(settings.store)}.secret-key`;
  if (settings.secretKey === "" && !existsSync(keyFile)) {
    console.log(
      `Before the first start, put that key into ${keyFile}, or set HOOKLINE_SECRET_KEY to it.`,
    );
  }
  console.log(
    "Events published after the backup are missing: publish them again with the same eventIds.",
  );
  return 0;
}
