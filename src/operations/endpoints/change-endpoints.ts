/**
 * Changes the webhooks of an app, or of one of its lines, as one set. The change is planned from the current
 * set, applied only if the set has not changed meanwhile, and otherwise planned again. So a repeated call
 * adds nothing twice and a replacement is never half done, on any number of nodes.
 */
import { AppError } from "../../core/error.ts";
import type { EndpointSet, ReadSet, SetChange } from "../../store/interface/endpoints.ts";
import { unknownApp } from "../keys/authenticate-caller.ts";
import type { OperationContext } from "../context.ts";
import { MOST_TRIES } from "../most-tries.ts";

/** Maximum webhooks of one set: a change of all of them holds the store's writer for a tenth of a second. */
const MOST_WEBHOOKS = 1_000;

/**
 * Applies a plan and returns the current set. `plan` is pure except for drawing ids and encrypting, and may
 * be called again; an empty change writes nothing. Refuses with `not_found` an unknown app, and with
 * `invalid_field` a set that would become too large. Returns when the change is in force (I11).
 */
export async function changeEndpoints(
  context: OperationContext,
  set: EndpointSet,
  plan: (before: ReadSet) => SetChange,
): Promise<ReadSet> {
  const { store } = context;
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const before = await readEndpoints(context, set);
    const change = plan(before);
    if (isEmpty(change)) return before;
    refuseTooMany(set, before, change);
    const { token } = before;
    const changed = await store.endpoints.changeSet({ ...set, token, change, now: context.now() });
    if (changed === null) continue;
    await Promise.all(changed.map((endpoint) => store.endpoints.acknowledged(endpoint)));
    return readEndpoints(context, set);
  }
  throw new AppError("overloaded", "Too many concurrent changes to these webhooks; retry.", {
    retryAfterSeconds: 1,
  });
}

/** Refuses with `not_found` an unknown app. */
export async function readEndpoints(context: OperationContext, set: EndpointSet): Promise<ReadSet> {
  const read = await context.store.endpoints.readSet(set);
  if (read === null) throw unknownApp(set.appRef);
  return read;
}

function isEmpty(change: SetChange): boolean {
  const { create, update, remove, state } = change;
  return create.length + update.length + remove.length === 0 && state === undefined;
}

function refuseTooMany(set: EndpointSet, before: ReadSet, change: SetChange): void {
  const after = before.endpoints.length + change.create.length - change.remove.length;
  if (change.create.length === 0 || after <= MOST_WEBHOOKS) return;
  const owner = set.line === null ? "An application" : "A line";
  throw new AppError("invalid_field", `${owner} can have at most ${MOST_WEBHOOKS} webhooks.`);
}
