/** Creates the app of the operator's endpoints at start, so that endpoints can be added at any time. */
import { OPERATOR_APP_ID } from "../../core/events/operational-events.ts";
import type { OperationContext } from "../context.ts";

export async function seedOperator(context: OperationContext): Promise<void> {
  const now = context.now();
  await context.store.apps.seedOperator({
    app: {
      id: OPERATOR_APP_ID,
      uid: null,
      name: "Operator",
      throttleRate: null,
      signatureHeaders: null,
      metadata: {},
      test: false,
      createdAt: now,
      updatedAt: now,
    },
  });
}
