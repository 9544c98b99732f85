/** The document's calls on what belongs to an endpoint: headers, secret, numbers, an example. */
import Type from "typebox";
import type { TObject } from "typebox";
import { SECRET_OVERLAP } from "../../core/signing-secret.ts";
import type { ApiCall } from "../api-document.ts";
import { headerMap } from "./document-endpoint.ts";
import {
  answer,
  body,
  CHANGING,
  DELETING,
  EXAMPLE_APP,
  EXAMPLE_ENDPOINT,
  instant,
  JSON_BODY,
  MAKING,
  NOTHING,
  nullable,
  ONCE,
  params,
  READING,
  shown,
  text,
  texts,
} from "./document-fields.ts";
import { EXAMPLE_INDEX, REMOVED_HEADERS } from "./endpoint-extras.ts";
import { EXAMPLE_MESSAGE_OUT, message } from "./document-message.ts";
import { NAME_RULES } from "./model-rules.ts";

const headersIn = body("EndpointHeadersIn", { headers: headerMap });
const headersPatch = body("EndpointHeadersPatch", {
  headers: Type.Record(Type.String(), Type.Union([Type.String(), Type.Null()]), {
    description: "What to set; null takes a header away.",
  }),
  deleteHeaders: Type.Optional(texts(REMOVED_HEADERS, "Names to take away.")),
});
const headersOut = shown("EndpointHeaders", {
  headers: Type.Record(Type.String(), Type.String()),
  sensitive: Type.Array(Type.String(), { description: "Names whose values are not shown." }),
});
const secretOut = shown("EndpointSecret", {
  key: Type.String({ description: "`whsec_…`, or the public half of a key pair, `whpk_…`." }),
});
const rotateIn = body("EndpointSecretRotateIn", {
  key: Type.Optional(
    Type.String({
      description: "The new secret, of either kind. Absent: one of the same kind is made.",
    }),
  ),
  gracePeriodSeconds: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: SECRET_OVERLAP.maxMs / 1000,
      description:
        "How long the old secret still signs beside the new one; 0 stops all older ones.",
    }),
  ),
});
const stats = shown("EndpointStats", {
  success: Type.Integer(),
  pending: Type.Integer(),
  sending: Type.Integer(),
  fail: Type.Integer(),
  canceled: Type.Integer(),
});
const attemptStats = shown("EndpointAttemptStats", {
  success: Type.Integer(),
  fail: Type.Integer(),
  canceled: Type.Integer({ description: "Always 0: an attempt that has started is finished." }),
});
const exampleIn = body("SendExampleIn", {
  eventType: text(
    NAME_RULES,
    "A canonical type, a registered one whose schema has examples, or `svix.ping`; any type with a payload.",
  ),
  exampleIndex: Type.Optional(
    Type.Integer({
      minimum: EXAMPLE_INDEX.min,
      maximum: EXAMPLE_INDEX.max,
      description: "Which of its examples; the first. Not used with a payload.",
    }),
  ),
  payload: Type.Optional(
    nullable(
      Type.Object({}, { description: "Sent instead of an example.", additionalProperties: true }),
    ),
  ),
});

const PATH = "/api/v1/app/:app/endpoint/:endpoint";
const EXAMPLE_PARAMS = { app: EXAMPLE_APP, endpoint: EXAMPLE_ENDPOINT };
const shared = {
  tag: "Endpoint",
  security: ["bearer"],
  params: params("app", "endpoint"),
} as const;
const place = { ...shared, path: PATH, of: "Endpoint", example: EXAMPLE_PARAMS };

/** Where endpoints stand: in an app, or among the operator's own. */
type Place = {
  readonly path: string;
  readonly tag: string;
  /** What one is called in the ids of calls. */
  readonly of: string;
  readonly params: TObject;
  readonly example: Readonly<Record<string, string>>;
};

export function headerCalls({ path, tag, of, params: names, example }: Place): readonly ApiCall[] {
  const shared = { tag, security: ["bearer"], params: names } as const;
  return [
    {
      ...shared,
      id: `get${of}Headers`,
      summary: "Get the headers of an endpoint",
      methods: ["GET"],
      path: `${path}/headers`,
      example: { params: example },
      answers: {
        200: answer("Its headers.", headersOut, {
          headers: { "x-tenant": "blue-door" },
          sensitive: ["authorization"],
        }),
      },
      refusals: DELETING,
    },
    {
      ...shared,
      id: `put${of}Headers`,
      summary: "Replace the headers of an endpoint",
      methods: ["PUT"],
      path: `${path}/headers`,
      body: { schema: headersIn, ...JSON_BODY },
      example: { params: example, body: { headers: { "x-tenant": "blue-door" } } },
      answers: NOTHING,
      refusals: CHANGING,
    },
    {
      ...shared,
      id: `patch${of}Headers`,
      summary: "Change the headers of an endpoint",
      methods: ["PATCH"],
      path: `${path}/headers`,
      body: { schema: headersPatch, ...JSON_BODY },
      example: {
        params: example,
        body: { headers: { "x-tenant": "blue-door" }, deleteHeaders: ["x-old"] },
      },
      answers: NOTHING,
      refusals: CHANGING,
    },
  ];
}

export function secretCalls({ path, tag, of, params: names, example }: Place): readonly ApiCall[] {
  const shared = { tag, security: ["bearer"], params: names } as const;
  return [
    {
      ...shared,
      id: `get${of}Secret`,
      summary: "Get the secret of an endpoint",
      methods: ["GET"],
      path: `${path}/secret`,
      example: { params: example },
      answers: {
        200: answer("What a receiver verifies with.", secretOut, {
          key: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        }),
      },
      refusals: DELETING,
    },
    {
      ...shared,
      id: `rotate${of}Secret`,
      summary: "Give an endpoint a new secret",
      methods: ["POST"],
      path: `${path}/secret/rotate`,
      headers: ONCE,
      body: { schema: rotateIn, mediaTypes: JSON_BODY.mediaTypes, required: false },
      description: "At most ten secrets sign at once; beyond that the call is refused.",
      example: { params: example, body: { gracePeriodSeconds: 3600 } },
      answers: {
        200: answer("The new secret, as a receiver needs it.", secretOut, {
          key: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        }),
      },
      refusals: [...MAKING, "limit_reached"],
    },
  ];
}

export const ENDPOINT_EXTRA_CALLS: readonly ApiCall[] = [
  ...headerCalls(place),
  ...secretCalls(place),
  {
    ...shared,
    id: "getEndpointStats",
    summary: "Count the deliveries of an endpoint",
    methods: ["GET"],
    path: `${PATH}/stats`,
    query: Type.Object({
      since: Type.Optional(instant("Of messages from this time on.")),
      until: Type.Optional(instant("Of messages before this time.")),
    }),
    example: { params: EXAMPLE_PARAMS },
    answers: {
      200: answer("How many deliveries are in each state.", stats, {
        success: 41,
        pending: 1,
        sending: 0,
        fail: 2,
        canceled: 0,
      }),
    },
    refusals: READING,
  },
  {
    ...shared,
    id: "getEndpointAttemptStats",
    summary: "Count the attempts of an endpoint",
    methods: ["GET"],
    path: `${PATH}/attempt-stats`,
    query: Type.Object({
      since: Type.Optional(instant("Made from this time on.")),
      until: Type.Optional(instant("Made before this time.")),
    }),
    example: { params: EXAMPLE_PARAMS },
    answers: {
      200: answer("How many attempts had each outcome.", attemptStats, {
        success: 41,
        fail: 7,
        canceled: 0,
      }),
    },
    refusals: READING,
  },
  {
    ...shared,
    id: "sendExample",
    summary: "Send an endpoint an example",
    description: "Delivered to this endpoint alone, whatever it asks for.",
    methods: ["POST"],
    path: `${PATH}/send-example`,
    headers: ONCE,
    body: { schema: exampleIn, ...JSON_BODY },
    example: { params: EXAMPLE_PARAMS, body: { eventType: "message.received" } },
    answers: { 202: answer("It is on its way.", message, EXAMPLE_MESSAGE_OUT) },
    refusals: [...MAKING, "unknown_event_type", "invalid_payload"],
  },
];
