/** `hookline serve` and `hookline dev`: starts the server, prints the greeting, and stops in order. */
import { discardUnused, openCredentials } from "../config/credentials.ts";
import { tryAddresses } from "../config/listen-address.ts";
import type { Settings } from "../config/settings.ts";
import { prepareStorePlace } from "../config/store-place.ts";
import { start } from "../start.ts";
import { greeting } from "./greeting.ts";
import { stopRequest } from "./stop-request.ts";

/** `opened` is the sentence about the settings that `dev` relaxes. Null for `serve`. */
export async function serve(settings: Settings, opened: string | null = null): Promise<number> {
  // The order matters: a start that is refused must leave no file behind.
  await tryAddresses(settings);
  const { isNew } = prepareStorePlace(settings);
  const credentials = openCredentials(settings);
  const server = await start(settings, credentials, process.env).catch((error: unknown) => {
    discardUnused(credentials, settings);
    throw error;
  });
  const stopAsked = stopRequest();
  // The output of `serve` may end in a log, which gets no link.
  const dashboardLink = opened === null ? null : await server.grantDashboardLink();
  process.send?.({ listening: server.url, pid: process.pid, dashboardLink });
  if (process.stdout.isTTY || process.send === undefined) {
    console.log(greeting({ server, settings, credentials, isNew, opened, dashboardLink }));
  }

  const why = await Promise.race([stopAsked, server.failed]);
  if (why instanceof Error) console.error(`hookline: stopping, because ${why.message}`);
  await server.stop();
  return why instanceof Error ? 1 : 0;
}
