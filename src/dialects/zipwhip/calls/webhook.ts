/**
 * Adds, changes, lists and deletes the webhooks of a line. All logins of the line see the same webhooks;
 * another line of the app sees only its own. Every change is made against the whole set of the line, so that
 * a repeated or simultaneous call never makes a second copy.
 */
import type { FastifyInstance } from "fastify";
import type { Static } from "typebox";
import { AppError, refuseField } from "../../../core/error.ts";
import { changeEndpoints, readEndpoints } from "../../../operations/endpoints/change-endpoints.ts";
import { checkEndpointUrl } from "../../../operations/endpoints/check-endpoint.ts";
import type { Endpoint, EndpointSet, OperationContext } from "../../../operations/context.ts";
import { placeUrl } from "../../../operations/endpoints/place-url.ts";
import { success } from "./answer.ts";
import { mountCall } from "./call-route.ts";
import { loadLineCall } from "../caller.ts";
import type { LineOfCaller } from "../caller.ts";
import { parameterReader } from "./read-parameters.ts";
import { ADD, DELETE, EVENTS, LIST, UPDATE } from "./webhook-calls.ts";
import { draftHook, hookEvent, toHook, hookOptions } from "../webhooks/webhook-model.ts";
import type { Hook } from "../webhooks/webhook-model.ts";

const NOTHING = { create: [], update: [], remove: [] } as const;

export function mountWebhooks(scope: FastifyInstance, context: OperationContext): void {
  const readAdd = parameterReader(ADD);
  const readUpdate = parameterReader(UPDATE);
  const readList = parameterReader(LIST);
  const readDelete = parameterReader(DELETE);

  mountCall(scope, "/webhook/add", async (request) => {
    const { caller, fields } = await loadLineCall(context, request, readAdd);
    return success([await addHook(context, caller, fields)]);
  });

  mountCall(scope, "/webhook/update", async (request) => {
    const { caller, fields } = await loadLineCall(context, request, readUpdate);
    return success([await updateHook(context, caller, fields)]);
  });

  mountCall(scope, "/webhook/list", async (request) => {
    const { caller } = await loadLineCall(context, request, readList);
    const { endpoints } = await readEndpoints(context, toHooks(caller));
    return success(endpoints.map(toHook));
  });

  mountCall(scope, "/webhook/delete", async (request) => {
    const { caller, fields } = await loadLineCall(context, request, readDelete);
    await changeEndpoints(context, toHooks(caller), ({ endpoints }) => {
      const { endpointId } = namedHook(endpoints, fields.webhookId);
      return { ...NOTHING, remove: [endpointId] };
    });
    return success([]);
  });
}

function toHooks({ appRef, line }: LineOfCaller): EndpointSet {
  return { appRef, dialect: "zipwhip", line };
}

async function addHook(
  context: OperationContext,
  caller: LineOfCaller,
  fields: Static<typeof ADD>,
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
  if (added === undefined)
    throw new AppError(
      "conflict",
      "Another call deleted the webhook at the same time; repeat the call.",
    );
  return toHook(added);
}

async function updateHook(
  context: OperationContext,
  caller: LineOfCaller,
  fields: Static<typeof UPDATE>,
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
  if (updated === undefined)
    throw new AppError(
      "conflict",
      "Another call deleted the webhook at the same time; repeat the call.",
    );
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
