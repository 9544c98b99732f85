/** Webhooks of an app: create, list, show, update in part, delete. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { AppError } from "../../../core/error.ts";
import { ID_PREFIXES, isId } from "../../../core/ids/ids.ts";
import { readEndpoints } from "../../../operations/endpoints/change-endpoints.ts";
import { checkHeaders } from "../../../operations/endpoints/check-endpoint.ts";
import type { Endpoint, OperationContext } from "../../../operations/context.ts";
import { createEndpoint } from "../../../operations/endpoints/create-endpoint.ts";
import { decryptHeaders } from "../../../operations/endpoints/encrypt-endpoint.ts";
import { getEndpoint } from "../../../operations/endpoints/read-endpoints.ts";
import { deleteEndpoint, updateEndpoint } from "../../../operations/endpoints/update-endpoint.ts";
import { checkWith } from "../../check-schema.ts";
import { readIdempotencyKey } from "../../read-idempotency-key.ts";
import { loadCaller, readChecked } from "../caller.ts";
import { CREATE, UPDATE } from "./webhook-calls.ts";
import type { WebhookFields } from "./webhook-calls.ts";

const PATH = "/v1/webhooks";
const checkCreate = checkWith(CREATE);
const checkUpdate = checkWith(UPDATE);

export function mountWebhooks(scope: FastifyInstance, context: OperationContext): void {
  scope.post(PATH, async (request, reply) => {
    const { caller, appId, isTest } = await loadCaller(context, request);
    const { url, events, headers = {} } = readChecked(request, checkCreate);
    checkEachHeader(headers);
    const fields = {
      url,
      eventTypes: [...new Set(events)],
      headers,
      secret: null,
      authentication: ["static-headers"] as const,
    };
    const endpoint = await createEndpoint(context, {
      appRef: appId,
      dialect: "chirp",
      endpointId: context.ids.next(isTest ? ID_PREFIXES.testWebhook : ID_PREFIXES.webhook),
      fields,
      idempotencyKey: readIdempotencyKey(request, caller, context),
    });
    return reply.code(201).send(webhookOut(context, endpoint));
  });

  scope.get(PATH, async (request) => {
    const { appId } = await loadCaller(context, request);
    const set = { appRef: appId, dialect: "chirp", line: null } as const;
    const { endpoints } = await readEndpoints(context, set);
    return endpoints.map((endpoint) => webhookOut(context, endpoint));
  });

  scope.get(`${PATH}/:webhookId`, async (request) => {
    return webhookOut(context, await getEndpoint(context, await loadRef(context, request)));
  });

  scope.put(`${PATH}/:webhookId`, async (request) => {
    const ref = await loadRef(context, request);
    const given = readChecked(request, checkUpdate);
    if (given.headers !== undefined) checkEachHeader(given.headers);
    const fields = changedFields(given);
    const isEmpty = Object.keys(fields).length === 0;
    return webhookOut(
      context,
      isEmpty ? await getEndpoint(context, ref) : await updateEndpoint(context, { ...ref, fields }),
    );
  });

  scope.delete(`${PATH}/:webhookId`, async (request) => {
    await deleteEndpoint(context, await loadRef(context, request));
    return { message: "Webhook deleted successfully" };
  });
}

type WebhookRef = { readonly appRef: string; readonly ref: string; readonly dialect: "chirp" };

/**
 * The webhook in the path, in the caller's app. Refuses with `not_found` when the text cannot be a webhook
 * id.
 */
async function loadRef(context: OperationContext, request: FastifyRequest): Promise<WebhookRef> {
  const { appId } = await loadCaller(context, request);
  const { webhookId } = request.params as { readonly webhookId: string };
  if (!isId(webhookId, ID_PREFIXES.webhook) && !isId(webhookId, ID_PREFIXES.testWebhook)) {
    throw new AppError("not_found", `There is no webhook "${webhookId.slice(0, 64)}".`);
  }
  return { appRef: appId, ref: webhookId, dialect: "chirp" };
}

function changedFields({ url, events, headers }: WebhookFields) {
  return {
    ...(url === undefined ? undefined : { url }),
    ...(events === undefined ? undefined : { eventTypes: [...new Set(events)] }),
    ...(headers === undefined ? undefined : { headers }),
  };
}

/** Headers are checked one by one first, so that the refusal names the header. */
function checkEachHeader(headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) {
    checkHeaders({ [name]: value }, ["headers", name]);
  }
}

function webhookOut(context: OperationContext, endpoint: Endpoint): object {
  return {
    id: endpoint.endpointId,
    appId: endpoint.appId,
    url: endpoint.url,
    events: endpoint.eventTypes ?? [],
    headers: decryptHeaders(context, endpoint),
    createdAt: wholeSeconds(endpoint.createdAt),
    updatedAt: wholeSeconds(endpoint.updatedAt),
  };
}

/** A time such as `2021-08-01T00:00:00Z`: resources show whole seconds, events milliseconds. */
function wholeSeconds(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}
