/** Creates, changes and deletes pollers. A poller exists for the next poll once this has returned. */
import { ID_PREFIXES } from "../../core/ids/ids.ts";
import type { IdempotencyKey } from "../../store/idempotency.ts";
import type { Poller, PollerFields } from "../../store/interface/pollers.ts";
import type { OperationContext } from "../context.ts";
import { checkWantedTypes } from "../endpoints/check-endpoint.ts";
import { unknownApp } from "../keys/authenticate-caller.ts";
import { getPoller, type PollerRef, unknownPoller } from "./read-pollers.ts";

const TYPES_PATH = ["eventTypes"];

/** Refuses with `not_found` an unknown app, with `conflict` a taken uid, and unknown `eventTypes`. */
export async function createPoller(
  context: OperationContext,
  p: {
    readonly appRef: string;
    readonly fields: PollerFields;
    readonly idempotencyKey: IdempotencyKey | null;
  },
): Promise<Poller> {
  const { appRef, fields, idempotencyKey } = p;
  await checkWantedTypes(context, { appRef, types: fields.eventTypes ?? [] }, TYPES_PATH);
  const now = context.now();
  const poller = {
    ...fields,
    id: context.ids.next(ID_PREFIXES.poller),
    createdAt: now,
    updatedAt: now,
  };
  const done = await context.store.pollers.create({ appRef, poller, idempotencyKey });
  if (done === null) throw unknownApp(appRef);
  return done.value;
}

/** Refuses with `not_found`, with `conflict` a taken uid, and unknown `eventTypes`. */
export async function updatePoller(
  context: OperationContext,
  p: PollerRef & { readonly change: Partial<PollerFields> },
): Promise<Poller> {
  const { appRef, change } = p;
  const { id: ref, eventTypes: before } = await getPoller(context, p);
  const types = change.eventTypes ?? [];
  await checkWantedTypes(context, { appRef, types, before }, TYPES_PATH);
  const after = await context.store.pollers.update({ appRef, ref, change, now: context.now() });
  if (after === null) throw unknownPoller(p.ref);
  return after;
}

/** Refuses with `not_found`. */
export async function deletePoller(context: OperationContext, p: PollerRef): Promise<void> {
  const { id: ref } = await getPoller(context, p);
  if (!(await context.store.pollers.delete({ appRef: p.appRef, ref }))) throw unknownPoller(p.ref);
}
