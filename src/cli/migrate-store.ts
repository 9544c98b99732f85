/** `hookline migrate`: opens the store, which migrates it to this version's schema, and prints the result. */
import { shownValue } from "../config/read-settings.ts";
import { SETTINGS, type Settings } from "../config/settings.ts";
import { storeOptions } from "../config/store-options.ts";
import { prepareStorePlace } from "../config/store-place.ts";
import { openStore } from "../store/open.ts";

export async function migrateStore(settings: Settings): Promise<number> {
  prepareStorePlace(settings);
  const store = await openStore(settings.store, storeOptions(settings));
  await store[Symbol.asyncDispose]();
  console.log(`${shownValue(SETTINGS.store.env, settings.store)} has the schema of this version.`);
  return 0;
}
