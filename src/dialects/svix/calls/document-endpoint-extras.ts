/** The document's calls on parts of an endpoint: headers, secret, statistics, an example. */
import Type from "typebox";
import type { TObject } from "typebox";
import { SECRET_OVERLAP } from "../../../core/crypto/signing-secret.ts";
import type { ApiCall } from "../../api-document.ts";
import { headerMap } from "./document-endpoint.ts";
import {
  answer,
  body,
  CHANGING,
  DELETING,
  EXAMPLE_APP,
  EXAMPLE_ENDPOINT,
  JSON_BODY,
  MAKING,
  NOTHING,
  nullable,
  ONCE,
  params,
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
    description: "Headers to set; null removes a header.",
  }),
  deleteHeaders: Type.Optional(texts(REMOVED_HEADERS, "Names of headers to remove.")),
});
const headersOut = shown("EndpointHeaders", {
  headers: Type.Record(Type.String(), Type.String()),
  sensitive: Type.Array(Type.String(), {
    description: "Names of headers whose values are not shown.",
  }),
});
const secretOut = shown("EndpointSecret", {
  key: Type.String({ description: "`whsec_…`, or the public half of a key pair, `whpk_…`." }),
});
const rotateIn = body("EndpointSecretRotateIn", {
  key: Type.Optional(
    Type.String({
      description: "The new secret, of either kind. If omitted, one of the same kind is generated.",
    }),
  ),
  gracePeriodSeconds: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: SECRET_OVERLAP.maxMs / 1000,
      description:
        "Seconds for which the old secret still signs beside the new one; 0 ends all older secrets.",
    }),
  ),
});
const exampleIn = body("SendExampleIn", {
  eventType: text(
    NAME_RULES,
    "A built-in type, a registered type whose schema has examples, or `svix.ping`. With a payload, any type.",
  ),
  exampleIndex: Type.Optional(
    Type.Integer({
      minimum: EXAMPLE_INDEX.min,
      maximum: EXAMPLE_INDEX.max,
      description: "Index of the example (default: 0). Not used with a payload.",
    }),
  ),
  payload: Type.Optional(
    nullable(
      Type.Object(
        {},
        { description: "A payload to send instead of an example.", additionalProperties: true },
      ),
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

/** The collection of endpoints: an application's, or the operator's. */
type Place = {
  readonly path: string;
  readonly tag: string;
  /** The noun for an endpoint in the ids of calls. */
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
        200: answer("The headers of the endpoint.", headersOut, {
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
        200: answer("The secret with which a receiver verifies signatures.", secretOut, {
          key: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        }),
      },
      refusals: DELETING,
    },
    {
      ...shared,
      id: `rotate${of}Secret`,
      summary: "Rotate the secret of an endpoint",
      methods: ["POST"],
      path: `${path}/secret/rotate`,
      headers: ONCE,
      body: { schema: rotateIn, mediaTypes: JSON_BODY.mediaTypes, required: false },
      description: "At most ten secrets sign at the same time; an eleventh is refused.",
      example: { params: example, body: { gracePeriodSeconds: 3600 } },
      answers: {
        200: answer("The new secret, with which receivers verify signatures.", secretOut, {
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
    id: "sendExample",
    summary: "Send an example to an endpoint",
    description:
      "The example is delivered only to this endpoint, even if the endpoint does not select its type.",
    methods: ["POST"],
    path: `${PATH}/send-example`,
    headers: ONCE,
    body: { schema: exampleIn, ...JSON_BODY },
    example: { params: EXAMPLE_PARAMS, body: { eventType: "message.received" } },
    answers: { 202: answer("The example is accepted for delivery.", message, EXAMPLE_MESSAGE_OUT) },
    refusals: [...MAKING, "unknown_event_type", "invalid_payload"],
  },
];
