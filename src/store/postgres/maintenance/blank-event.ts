import { blankEvents as blank } from "../../maintenance/content.ts";
import { runSteps } from "../session.ts";
import { toWriteSession } from "../write-session.ts";
import type { Tx } from "../types.ts";

/** See `blankEvents` of the shared rules. */
export async function blankEvents(
  tx: Tx,
  p: { eventSeqs: readonly number[]; now: number },
): Promise<void> {
  await runSteps(blank(toWriteSession(tx), p));
}
