/** The store of a running server, opened beside it for reads of data that no API shows. */
import { readSettings } from "../../src/config/read-settings.ts";
import { storeOptions } from "../../src/config/store-options.ts";
import { openStore } from "../../src/store/open.ts";
import type { Store } from "../../src/store/store.ts";

export async function openStoreBeside(url: string): Promise<Store> {
  const read = readSettings({});
  if (!read.ok) throw new Error(read.problems.join("\n"));
  return openStore(url, storeOptions(read.settings, { readOnly: true }));
}
