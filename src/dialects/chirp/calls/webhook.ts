/** Webhooks of an app (document 004 and related calls): create, list, show, update in part, delete. */
import type { FastifyRequest } from "fastify";
import Type from "typebox";
import type { Static } from "typebox";
import { AppError } from "../../../core/error.ts";
import { ID_PREFIXES, isId } from "../../../core/ids/ids.ts";
import { readEndpoints } from "../../../operations/endpoints/change-endpoints.ts";
import { checkHeaders } from "../../../operations/endpoints/check-endpoint.ts";
import type { Endpoint, OperationContext } from "../../../operations/context.ts";
import { createEndpoint } from "../../../operations/endpoints/create-endpoint.ts";
import { decryptHeaders } from "../../../operations/endpoints/encrypt-endpoint.ts";
import { getEndpoint } from "../../../operations/endpoints/read-endpoints.ts";
import { deleteEndpoint, updateEndpoint } from "../../../operations/endpoints/update-endpoint.ts";
import type { Call } from "../../call.ts";
import { checkWith } from "../../check-schema.ts";
import { JSON_TYPES } from "../../read-body.ts";
import { readIdempotencyKey } from "../../read-idempotency-key.ts";
import { toActor } from "../../to-actor.ts";
import { loadCaller, readChecked } from "../caller.ts";
import { ALL_EVENTS } from "../webhooks/events.ts";

const WEBHOOK_ID = "whk_2DbBs7GWhGvVNJGrDXr5RG0mBWI";
const WEBHOOK_ID_FORM = "^whk_(?:test_)?[a-zA-Z0-9]{27}$";
const APP_ID_FORM = "^app_(?:test_)?[a-zA-Z0-9]{27}$";
const MOST_URL_CHARACTERS = 2048;

const url = Type.String({
  minLength: 1,
  maxLength: MOST_URL_CHARACTERS,
  description: `an https URL of at most ${MOST_URL_CHARACTERS} characters, to which events are posted`,
});
const events = Type.Array(Type.Enum(ALL_EVENTS), {
  minItems: 1,
  description:
    "a list of at least one event name; a family such as messages.sms.* is not a name. The names " +
    "in capitals are those of Chirp's first generation, and have its bodies",
});
const headers = Type.Unsafe<Readonly<Record<string, string>>>(
  Type.Object(
    {},
    {
      additionalProperties: Type.String({ description: "a text of printable ASCII on one line" }),
      description: "an object of header names and values, which are sent with every event",
    },
  ),
);

const CREATE = Type.Object({ url, events, headers: Type.Optional(headers) });
const UPDATE = Type.Object({
  url: Type.Optional(url),
  events: Type.Optional(events),
  headers: Type.Optional(headers),
});
const checkCreate = checkWith(CREATE);
const checkUpdate = checkWith(UPDATE);

const seconds = Type.String({
  pattern: "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ$",
  description: "a time in UTC, to the second",
});
const WEBHOOK = Type.Object({
  id: Type.String({ pattern: WEBHOOK_ID_FORM, description: "of the form whk_[test_]{ksuid}" }),
  appId: Type.String({ pattern: APP_ID_FORM, description: "of the form app_[test_]{ksuid}" }),
  url: Type.String(),
  events: Type.Array(Type.String()),
  headers: Type.Object({}, { additionalProperties: Type.String() }),
  createdAt: seconds,
  updatedAt: seconds,
});
const DELETED = Type.Object({ message: Type.String() });
const DELETE_ANSWER = { message: "Webhook deleted successfully" } as const;

/** The example of document 004. */
const EXAMPLE = {
  id: WEBHOOK_ID,
  appId: "app_2DbBs7GWhGvVNJGrDXr5RG0mBWI",
  url: "https://example.com/webhook",
  events: ["messages.sms.received", "messages.whatsapp.sent"],
  headers: { "X-Custom-Header": "value" },
  createdAt: "2021-08-01T00:00:00Z",
  updatedAt: "2021-08-01T00:00:00Z",
};

const SECURITY = ["appKey"];
const common = { tag: "Webhooks", security: SECURITY } as const;
const one = {
  ...common,
  path: "/v1/webhooks/:webhookId",
  params: Type.Object({
    webhookId: Type.String({ description: "The id of the webhook: whk_[test_]{ksuid}" }),
  }),
} as const;
const all = { ...common, path: "/v1/webhooks" } as const;

export const WEBHOOK_CALLS: readonly Call[] = [
  {
    ...all,
    id: "createWebhook",
    summary: "Create a webhook",
    description:
      "The webhook gets the application's events that it lists, from now on. A name that is " +
      "listed twice counts once. If the older and the current name of an event are listed, the " +
      "webhook gets the current form only. Several webhooks may have the same URL. With an `Idempotency-Key` " +
      "header, a repeat of the same request returns the webhook of the first request.",
    methods: ["POST"],
    body: { schema: CREATE, mediaTypes: JSON_TYPES, required: true },
    example: {
      body: { url: EXAMPLE.url, events: EXAMPLE.events, headers: EXAMPLE.headers },
    },
    answers: { 201: { description: "The webhook", schema: WEBHOOK, example: EXAMPLE } },
    createHandler: (context) => async (request, reply) => {
      const { caller, appId, isTest } = await loadCaller(context, request);
      const { url: target, events: names, headers: given = {} } = readChecked(request, checkCreate);
      checkEachHeader(given);
      const endpoint = await createEndpoint(toActor(context, request, "chirp.createWebhook"), {
        appRef: appId,
        dialect: "chirp",
        endpointId: context.ids.next(isTest ? ID_PREFIXES.testWebhook : ID_PREFIXES.webhook),
        fields: {
          url: target,
          eventTypes: [...new Set(names)],
          headers: given,
          secret: null,
          authentication: ["static-headers"],
        },
        idempotencyKey: readIdempotencyKey(request, caller, context),
      });
      return reply.code(201).send(webhookOut(context, endpoint));
    },
  },
  {
    ...all,
    id: "listWebhooks",
    summary: "List the webhooks of the application",
    description:
      "Returns all webhooks, newest last, with the values of their headers in clear text.",
    methods: ["GET"],
    answers: {
      200: { description: "The webhooks", schema: Type.Array(WEBHOOK), example: [EXAMPLE] },
    },
    createHandler: (context) => async (request) => {
      const { appId } = await loadCaller(context, request);
      const set = { appRef: appId, dialect: "chirp", line: null } as const;
      const { endpoints } = await readEndpoints(context, set);
      return endpoints.map((endpoint) => webhookOut(context, endpoint));
    },
  },
  {
    ...one,
    id: "getWebhook",
    summary: "Show a webhook",
    methods: ["GET"],
    example: { params: { webhookId: WEBHOOK_ID } },
    answers: { 200: { description: "The webhook", schema: WEBHOOK, example: EXAMPLE } },
    createHandler: (context) => async (request) => {
      return webhookOut(context, await getEndpoint(context, await loadRef(context, request)));
    },
  },
  {
    ...one,
    id: "updateWebhook",
    summary: "Update a webhook",
    description:
      "Each given field replaces the old value, and the others stay. Once this call has " +
      "answered, every attempt uses the new values, including retries of earlier events.",
    methods: ["PUT"],
    body: { schema: UPDATE, mediaTypes: JSON_TYPES, required: true },
    example: {
      params: { webhookId: WEBHOOK_ID },
      body: {
        url: EXAMPLE.url,
        events: ["messages.sms.sent", "messages.whatsapp.sent"],
        headers: { "X-Custom-Header": "new-value" },
      },
    },
    answers: { 200: { description: "Update webhook", schema: WEBHOOK, example: EXAMPLE } },
    createHandler: (context) => async (request) => {
      const ref = await loadRef(context, request);
      const given = readChecked(request, checkUpdate);
      if (given.headers !== undefined) checkEachHeader(given.headers);
      const fields = changedFields(given);
      const isEmpty = Object.keys(fields).length === 0;
      const endpoint = isEmpty
        ? await getEndpoint(context, ref)
        : await updateEndpoint(toActor(context, request, "chirp.updateWebhook"), {
            ...ref,
            fields,
          });
      return webhookOut(context, endpoint);
    },
  },
  {
    ...one,
    id: "deleteWebhook",
    summary: "Delete a webhook",
    description: "The webhook gets no further events, and its pending retries are cancelled.",
    methods: ["DELETE"],
    example: { params: { webhookId: WEBHOOK_ID } },
    answers: {
      200: {
        description: "The webhook is deleted",
        schema: DELETED,
        example: DELETE_ANSWER,
      },
    },
    createHandler: (context) => async (request) => {
      const ref = await loadRef(context, request);
      const acting = toActor(context, request, "chirp.deleteWebhook");
      await deleteEndpoint(acting, ref);
      return DELETE_ANSWER;
    },
  },
];

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

function changedFields(given: Static<typeof UPDATE>) {
  return {
    ...(given.url === undefined ? undefined : { url: given.url }),
    ...(given.events === undefined ? undefined : { eventTypes: [...new Set(given.events)] }),
    ...(given.headers === undefined ? undefined : { headers: given.headers }),
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
