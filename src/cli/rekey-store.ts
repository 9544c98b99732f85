/**
 * `hookline rekey`: has a running server go over to a new sealing key, slice by slice, and shows how
 * far it is. It may be stopped and run again: the server goes on where it was.
 */
import { styleText } from "node:util";
import type { Settings } from "../config/settings.ts";
import type { Rekeyed } from "../operations/rekey-store.ts";
import { serverClient } from "./replay-client.ts";
import type { ServerChoice } from "./replay-client.ts";

export async function rekeyServer(settings: Settings, choice: ServerChoice): Promise<number> {
  const server = serverClient(settings, choice);
  const step = async (body: object) => (await server.call("POST", "/rekey", body)) as Rekeyed;
  // A change that is under way is finished; only where there is none a new key is made.
  let state = await step({ newKey: true });
  const { isTTY } = process.stdout;
  let resealed = state.resealed;
  while (!state.done) {
    if (isTTY) process.stdout.write(`\r${progress(resealed, state.left)}`);
    state = await step({});
    resealed += state.resealed;
  }
  if (isTTY) process.stdout.write("\r\x1b[K");
  console.log(
    `${styleText("green", "✓")} ${resealed} values sealed anew; the store is sealed with the key ${state.key}`,
  );
  console.log("  Keep the old key for as long as a backup from before needs it.");
  return 0;
}

function progress(resealed: number, left: number): string {
  return `  ${resealed} of ${resealed + left} values sealed anew`;
}
