/** Ends pending deliveries without an attempt: expired, expunged, or cancelled. */
import { endPending as endAll } from "../../queue/leave-pending.ts";
import type { PendingDelivery, PendingEnd } from "../../queue/queue-statements.ts";
import { runSteps } from "../session.ts";
import type { Tx } from "../types.ts";
import { toWriteSession } from "../write-session.ts";

export async function endPending<Delivery extends PendingDelivery>(
  tx: Tx,
  deliveries: readonly Delivery[],
  p: PendingEnd,
): Promise<readonly Delivery[]> {
  return await runSteps(endAll(toWriteSession(tx), deliveries, p));
}
