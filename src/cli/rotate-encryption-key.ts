/**
 * `hookline rekey`: has a running server change to a new encryption key, slice by slice, and shows the
 * progress. The command may be interrupted and run again: the server continues.
 */
import { styleText } from "node:util";
import type { Settings } from "../config/settings.ts";
import type { KeyRotation } from "../operations/encryption/rotate-encryption-key.ts";
import { serverClient } from "./replay-client.ts";
import type { ServerChoice } from "./replay-client.ts";

/** The answer of the API, whose field is named by an older word. */
type RotationAnswer = Omit<KeyRotation, "reencrypted"> & { readonly resealed: number };

export async function rotateServerKey(settings: Settings, choice: ServerChoice): Promise<number> {
  const server = serverClient(settings, choice);
  const step = async (body: object) =>
    (await server.call("POST", "/rekey", body)) as RotationAnswer;
  // A rotation in progress is finished. A new key is made only when no rotation is in progress.
  let state = await step({ newKey: true });
  const { isTTY } = process.stdout;
  let reencrypted = state.resealed;
  while (!state.done) {
    if (isTTY) process.stdout.write(`\r${progress(reencrypted, state.left)}`);
    state = await step({});
    reencrypted += state.resealed;
  }
  if (isTTY) process.stdout.write("\r\x1b[K");
  console.log(
    `${styleText("green", "✓")} ${reencrypted} values re-encrypted; the store is encrypted with the key ${state.key}`,
  );
  console.log(
    "  Keep the old key for as long as you keep a backup that was made before this change.",
  );
  return 0;
}

function progress(reencrypted: number, left: number): string {
  return `  ${reencrypted} of ${reencrypted + left} values re-encrypted`;
}
