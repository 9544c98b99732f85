/** Checks whether an event of a type may reach an endpoint now. Nothing is stored. */
import { unknownApp } from "../keys/authenticate-caller.ts";
import type { OperationContext } from "../context.ts";
import { refusedType } from "./refused-type.ts";

/** Refuses with `not_found` an unknown app, and a type like a publish. False is certain. */
export async function precheckEvent(
  context: OperationContext,
  p: {
    readonly appRef: string;
    readonly type: string;
    readonly channels: readonly string[];
  },
): Promise<boolean> {
  const refusal = await refusedType(context, p.type);
  if (refusal !== null) throw refusal;
  const isActive = await context.store.endpoints.mayWant(p);
  if (isActive === null) throw unknownApp(p.appRef);
  return isActive;
}
