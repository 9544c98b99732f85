/** `hookline restore`: a checked copy of a backup in the place of the store, before the first start. */
import { existsSync } from "node:fs";
import { storeFile } from "../config/credentials.ts";
import type { Settings } from "../config/settings.ts";
import { restoreStore } from "../store/backup.ts";
import { reportCopy } from "./report-copy.ts";

export async function restore(settings: Settings, { from }: { from: string }): Promise<number> {
  const copy = await restoreStore(settings.store, { from });
  reportCopy(`${settings.store} holds what ${from} holds, checked and on the disk`, copy);
  const keyFile = `${storeFile(settings.store)}.secret-key`;
  if (settings.secretKey === "" && !existsSync(keyFile)) {
    console.log(
      `Before the first start put that key into ${keyFile}, or give it as HOOKLINE_SECRET_KEY.`,
    );
  }
  console.log(
    "What was published after the backup is not there: publish it again with its eventIds.",
  );
  return 0;
}
