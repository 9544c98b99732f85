/** Endpoints in the answers: Svix's model, with additional fields of Hookline. */
import Type from "typebox";
import type { Endpoint, EndpointOutlook } from "../../../operations/context.ts";
import { personal } from "../personal.ts";
import {
  alias,
  EXAMPLE_ENDPOINT,
  EXAMPLE_TIME,
  instant,
  nullable,
  shown,
  signatureHeaders,
} from "./document-fields.ts";
import { isoTime } from "./paging.ts";

/** The fields of an endpoint that every answer shows. */
export const endpointFactSchemas = {
  id: Type.String(),
  url: Type.String(),
  version: Type.Integer(),
  description: Type.String(),
  throttleRate: nullable(Type.Integer()),
  rateLimit: nullable(Type.Integer({ description: alias("throttleRate") })),
  uid: nullable(Type.String()),
  disabled: Type.Boolean(),
  eventTypes: nullable(Type.Array(Type.String())),
  filterTypes: nullable(Type.Array(Type.String(), { description: alias("eventTypes") })),
  channels: nullable(Type.Array(Type.String())),
  createdAt: instant("When it was made."),
  updatedAt: instant("Time of the last change."),
};
export const endpoint = shown("Endpoint", {
  ...endpointFactSchemas,
  metadata: Type.Record(Type.String(), Type.String(), {
    description:
      "Includes `hookline.dialect` if the endpoint belongs to another of the server's APIs.",
  }),
  tags: Type.Optional(Type.Array(Type.String())),
  lines: Type.Optional(Type.Array(personal("number", Type.String()))),
  historical: Type.Optional(Type.Boolean()),
  payloadFilter: Type.Optional(Type.String()),
  timeoutMs: Type.Optional(Type.Integer()),
  retrySchedule: Type.Optional(Type.Array(Type.Integer())),
  signatureHeaders: signatureHeaders.shown,
  nextAttempt: Type.Optional(
    instant(
      "Only for GET: the earliest attempt of a pending delivery; absent when none is pending.",
    ),
  ),
  breaker: Type.Optional(
    Type.Object(
      {
        openSince: instant("When the breaker opened. Only probes are sent since then."),
        nextProbe: instant("When the next probe may be sent."),
      },
      { description: "Only for GET: the breaker of the endpoint; absent while it is closed." },
    ),
  ),
});

export const EXAMPLE_FACTS = {
  id: "ep_2srOrx2ZWZBpBUvZwXKQmoEYga2",
  url: "https://example.com/hooks",
  version: 1,
  description: "",
  throttleRate: null,
  rateLimit: null,
  uid: EXAMPLE_ENDPOINT,
  disabled: false,
  eventTypes: ["message.received"],
  filterTypes: ["message.received"],
  channels: null,
  createdAt: EXAMPLE_TIME,
  updatedAt: EXAMPLE_TIME,
};
export const EXAMPLE = { ...EXAMPLE_FACTS, metadata: {} };

/** The fields of an endpoint that every answer of Svix shows. */
export function endpointFacts(endpoint: Endpoint): object {
  const { endpointId, url, description, throttleRate, uid, status, eventTypes, channels } =
    endpoint;
  return {
    id: endpointId,
    url,
    version: 1,
    description,
    throttleRate,
    rateLimit: throttleRate,
    uid,
    disabled: status === "disabled",
    eventTypes,
    filterTypes: eventTypes,
    channels,
    createdAt: isoTime(endpoint.createdAt),
    updatedAt: isoTime(endpoint.updatedAt),
  };
}

/** Fields that are shown for one endpoint but not in lists. They are absent while they have no value. */
export function outlookOut(outlook: EndpointOutlook | null): object {
  const { nextAttemptAt = null, breaker = null } = outlook ?? {};
  return {
    ...(nextAttemptAt === null ? undefined : { nextAttempt: isoTime(nextAttemptAt) }),
    ...(breaker === null
      ? undefined
      : {
          breaker: { openSince: isoTime(breaker.openedAt), nextProbe: isoTime(breaker.probeAt) },
        }),
  };
}

/** Additional fields are shown only when they are set, so that Svix's clients see Svix's model. */
export function endpointOut(endpoint: Endpoint): object {
  const { dialect, tags, lines, wantsHistory, filter, timeoutMs } = endpoint;
  const { retrySchedule, signatureHeaders } = endpoint;
  const mark = dialect === "svix" ? undefined : { "hookline.dialect": dialect };
  return {
    ...endpointFacts(endpoint),
    metadata: { ...endpoint.metadata, ...mark },
    ...(tags === null ? undefined : { tags }),
    ...(lines === null ? undefined : { lines }),
    ...(wantsHistory ? { historical: true } : undefined),
    ...(filter === null ? undefined : { payloadFilter: filter }),
    ...(timeoutMs === null ? undefined : { timeoutMs }),
    ...(retrySchedule === null ? undefined : { retrySchedule }),
    ...(signatureHeaders === null ? undefined : { signatureHeaders }),
  };
}
