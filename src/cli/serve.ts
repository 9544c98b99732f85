/** `hookline serve`: starts, says where it is and what to type next, stops in order on a signal. */
import { styleText } from "node:util";
import {
  discardUnused,
  openCredentials,
  storeFile,
  type Credentials,
} from "../config/credentials.ts";
import { shownValue } from "../config/read-settings.ts";
import { SETTINGS, type Settings } from "../config/settings.ts";
import { VERSION } from "../config/version.ts";
import { start, type RunningServer } from "../start.ts";

export async function serve(settings: Settings): Promise<number> {
  const credentials = openCredentials(settings);
  const server = await start(settings, credentials).catch((error: unknown) => {
    discardUnused(credentials, settings);
    throw error;
  });
  process.send?.({ listening: server.url, pid: process.pid });
  if (process.stdout.isTTY || process.send === undefined) greet(server, settings, credentials);

  const why = await Promise.race([stopSignal(), server.failed]);
  if (why instanceof Error) console.error(`hookline: stopping, because ${why.message}`);
  await server.stop();
  return why instanceof Error ? 1 : 0;
}

function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
      process.once(signal, () => resolve(signal));
    }
  });
}

function greet(
  { url, adminUrl }: RunningServer,
  settings: Settings,
  credentials: Credentials,
): void {
  const bold = (text: string) => styleText("bold", text);
  const token =
    credentials.adminTokenFile === null
      ? "$HOOKLINE_ADMIN_TOKEN"
      : `$(cat ${credentials.adminTokenFile})`;
  const shownToken =
    credentials.adminTokenFile === null && settings.adminToken === ""
      ? credentials.adminToken
      : token;
  console.log(`${bold(`Hookline ${VERSION}`)} listens on ${bold(url)}${adminUrl === null ? "" : `, for its operator on ${bold(adminUrl)}`}
Its data is in ${bold(placeOf(settings))}
Next, make an app:
  curl ${adminUrl ?? url}/api/v1/app -H "Authorization: Bearer ${shownToken}" \\
    -H "Content-Type: application/json" -d '{"name":"My first app"}'
`);
}

function placeOf({ store }: Settings): string {
  if (!store.startsWith("sqlite:")) return shownValue(SETTINGS.store.env, store);
  return storeFile(store) ?? "memory, and gone when it stops";
}
