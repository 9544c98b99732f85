/**
 * The webhooks of a line. Every change is made against the whole set of the line, so that a repeated or
 * simultaneous call never makes a second copy.
 */
import { AppError, refuseField } from "../../../core/error.ts";
import type { TlsVersion } from "../../../core/crypto/tls-version.ts";
import { changeEndpoints, readEndpoints } from "../../../operations/endpoints/change-endpoints.ts";
import { checkEndpointUrl } from "../../../operations/endpoints/check-endpoint.ts";
import type { Endpoint, EndpointSet, OperationContext } from "../../../operations/context.ts";
import { placeUrl } from "../../../operations/endpoints/place-url.ts";
import type { LineOfCaller } from "../caller.ts";
import { draftHook, hookEvent, toHook, hookOptions } from "../webhooks/webhook-model.ts";
import type { Hook } from "../webhooks/webhook-model.ts";

/** The events of each type (document 002). */
export const EVENTS = {
  message: ["receive", "send", "progress", "read", "delete"],
  optout: ["change"],
} as const;

const NOTHING = { create: [], update: [], remove: [] } as const;

type ChangedHook = {
  readonly webhookId?: string;
  readonly url?: string;
  readonly method?: Endpoint["method"];
  readonly tlsMinVersion?: TlsVersion;
};
type NewHook = Omit<ChangedHook, "webhookId" | "url"> & {
  readonly type: keyof typeof EVENTS;
  readonly event: string;
  readonly url: string;
};

function toHooks({ appRef, line }: LineOfCaller): EndpointSet {
  return { appRef, dialect: "zipwhip", line };
}

export async function listHooks(
  context: OperationContext,
  caller: LineOfCaller,
): Promise<readonly Hook[]> {
  const { endpoints } = await readEndpoints(context, toHooks(caller));
  return endpoints.map(toHook);
}

/** Refuses with `not_found` a number that no webhook of the line has. */
export async function removeHook(
  context: OperationContext,
  caller: LineOfCaller,
  webhookId: string,
): Promise<void> {
  await changeEndpoints(context, toHooks(caller), ({ endpoints }) => {
    const { endpointId } = namedHook(endpoints, webhookId);
    return { ...NOTHING, remove: [endpointId] };
  });
}

/** Returns the webhook that the line has already when it is the same. */
export async function addHook(
  context: OperationContext,
  caller: LineOfCaller,
  fields: NewHook,
): Promise<Hook> {
  const { type, event, method = "POST", tlsMinVersion } = fields;
  const events: readonly string[] = EVENTS[type];
  if (!events.includes(event)) {
    const message = `event is "${event}"; for the type ${type} it must be one of ${events.join(", ")}.`;
    throw refuseField("unknown_event_type", ["event"], message);
  }
  const given = checkEndpointUrl(context, "zipwhip", { url: fields.url, path: ["url"] });
  const wanted = { eventType: hookEvent(fields), url: given.url, method };
  const { endpoints } = await changeEndpoints(context, toHooks(caller), (before) => {
    const same = before.endpoints.find((endpoint) => isSame(endpoint, wanted));
    if (same === undefined) {
      const taken = before.endpoints.map(toHook);
      const drafted = draftHook(context, caller, { ...fields, method, taken });
      return { ...NOTHING, create: [drafted] };
    }
    const { endpointId } = same;
    const change = {
      ...placeUrl(context, { endpointId, given, before: same }),
      tlsMinVersion: tlsMinVersion ?? same.tlsMinVersion,
    };
    return changes(same, change) ? { ...NOTHING, update: [{ endpointId, change }] } : NOTHING;
  });
  const added = endpoints.find((endpoint) => isSame(endpoint, wanted));
  // A concurrent call may have deleted the webhook in between, so there is nothing to return.
  if (added === undefined) throw deletedMeanwhile();
  return toHook(added);
}

/** Refuses with `conflict` a change that would make two equal webhooks. */
export async function updateHook(
  context: OperationContext,
  caller: LineOfCaller,
  fields: ChangedHook,
): Promise<Hook> {
  const { webhookId, method, tlsMinVersion } = fields;
  const given =
    fields.url === undefined
      ? undefined
      : checkEndpointUrl(context, "zipwhip", { url: fields.url, path: ["url"] });
  let endpointId = "";
  const { endpoints } = await changeEndpoints(context, toHooks(caller), (before) => {
    const hook = namedHook(before.endpoints, webhookId);
    endpointId = hook.endpointId;
    const placed = given && placeUrl(context, { endpointId, given, before: hook });
    const after = { url: hook.url, ...placed, method: method ?? hook.method };
    refuseSame(before.endpoints, hook, after);
    const shown = { ...toHook(hook), ...(fields.url === undefined ? {} : { url: fields.url }) };
    const change = {
      ...after,
      dialectOptions: hookOptions(shown),
      tlsMinVersion: tlsMinVersion ?? hook.tlsMinVersion,
    };
    return changes(hook, change) ? { ...NOTHING, update: [{ endpointId, change }] } : NOTHING;
  });
  const updated = endpoints.find((endpoint) => endpoint.endpointId === endpointId);
  if (updated === undefined) throw deletedMeanwhile();
  return toHook(updated);
}

function changes(hook: Endpoint, change: Partial<Endpoint>): boolean {
  return Object.entries(change).some(([name, value]) => hook[name as keyof Endpoint] !== value);
}

/** The webhook with this number. Without a number the only one, as in document 001's example. */
function namedHook(endpoints: readonly Endpoint[], webhookId: string | undefined): Endpoint {
  const [first, ...others] = endpoints;
  if (webhookId === undefined) {
    if (first !== undefined && others.length === 0) return first;
    const message = `webhookId is missing; it is required because this line has ${endpoints.length} webhooks.`;
    throw refuseField("invalid_field", ["webhookId"], message);
  }
  const named = endpoints.find((endpoint) => toHook(endpoint).webhookId === Number(webhookId));
  if (named !== undefined) return named;
  throw new AppError("not_found", `There is no webhook ${webhookId} of this line.`);
}

type Sameness = { readonly eventType: string } & Pick<Endpoint, "url" | "method">;

function isSame(endpoint: Endpoint, { eventType, url, method }: Sameness): boolean {
  const { eventTypes } = endpoint;
  return eventTypes?.[0] === eventType && endpoint.url === url && endpoint.method === method;
}

/** Two equal webhooks would send everything twice. */
function refuseSame(
  endpoints: readonly Endpoint[],
  hook: Endpoint,
  after: Pick<Endpoint, "url" | "method">,
): void {
  const eventType = hook.eventTypes?.[0] ?? "";
  const same = endpoints.find((other) => other !== hook && isSame(other, { ...after, eventType }));
  if (same === undefined) return;
  const { webhookId } = toHook(same);
  throw new AppError(
    "conflict",
    `Webhook ${webhookId} already sends the same event to this URL with this method.`,
  );
}

function deletedMeanwhile(): AppError {
  return new AppError(
    "conflict",
    "Another call deleted the webhook at the same time; repeat the call.",
  );
}
