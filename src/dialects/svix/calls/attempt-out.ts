/** An attempt as answers show it. */
import Type from "typebox";
import type { AttemptView } from "../../../operations/context.ts";
import { shownPeer } from "../../../operations/events/shown-peer.ts";
import type { Caller } from "../../../operations/keys/authenticate-caller.ts";
import { EXPUNGED, personal } from "../personal.ts";
import { attemptStatusOut, statusFields } from "./delivery-status.ts";
import { EXAMPLE_FACTS } from "./endpoint-out.ts";
import {
  EXAMPLE_ATTEMPT,
  EXAMPLE_TIME,
  flag,
  instant,
  nullable,
  shown,
} from "./document-fields.ts";
import { messageOut, shownEvent } from "./message-out.ts";
import { EXAMPLE_MESSAGE_OUT, message } from "./message-schema.ts";
import { isoTime } from "./paging.ts";

const phase = (description: string) =>
  nullable(
    Type.Integer({
      minimum: 0,
      description: `${description}; null where the attempt had no such phase, or did not finish it.`,
    }),
  );

/** Present where they were kept: `HOOKLINE_ATTEMPT_DETAIL` says of which attempts. */
const detailFields = {
  attempt: Type.Optional(
    Type.Integer({ minimum: 1, description: "1 for the first attempt of the delivery." }),
  ),
  probe: Type.Optional(
    flag("Whether it tried an endpoint to which nothing else was sent, because it kept failing."),
  ),
  headers: Type.Optional(
    Type.Array(Type.Object({ name: Type.String(), value: personal("text", Type.String()) }), {
      description:
        "Headers of the answer, at most 4 KiB, without cookies and credentials. Bytes that are not printable ASCII are written as `\\xNN`.",
    }),
  ),
  headersCut: Type.Optional(flag("Whether headers or ends of values were left out.")),
  timing: Type.Optional(
    Type.Object(
      {
        dnsMs: phase("Resolving the name"),
        connectMs: phase("Opening the connection"),
        tlsMs: phase("The TLS handshake"),
        firstByteMs: phase("Then, until the first byte of the answer"),
      },
      { description: "A reused connection has none of the first three." },
    ),
  ),
  peer: Type.Optional(
    Type.String({
      description: "The address of the receiver. Internal addresses are shown to operators only.",
    }),
  ),
};

export const attempt = shown("MessageAttempt", {
  id: Type.String(),
  msgId: Type.String(),
  endpointId: Type.String(),
  url: Type.String(),
  response: personal(
    "text",
    Type.String({
      description: "The beginning of the receiver's answer; `EXPUNGED` once it was removed.",
    }),
  ),
  responseStatusCode: Type.Integer({
    description: "The HTTP status; 0 when the receiver did not answer.",
  }),
  responseDurationMs: Type.Integer(),
  reason: nullable(
    Type.String({
      description: "The reason for having no answer, such as `timeout`; null with one.",
    }),
  ),
  ...statusFields,
  triggerType: Type.Enum([0, 1], {
    description: "0 for the retry schedule, 1 for a manual resend.",
  }),
  resent: Type.Boolean({
    description:
      "True when a reused connection broke and the request was sent again at once on a new one.",
  }),
  timestamp: instant("When it was made."),
  ...detailFields,
  msg: Type.Optional(message),
});

export const EXAMPLE_ATTEMPT_OUT = {
  id: EXAMPLE_ATTEMPT,
  msgId: EXAMPLE_MESSAGE_OUT.id,
  endpointId: EXAMPLE_FACTS.id,
  url: EXAMPLE_FACTS.url,
  response: "ok",
  responseStatusCode: 200,
  responseDurationMs: 42,
  reason: null,
  status: 0,
  statusText: "success",
  triggerType: 0,
  resent: false,
  timestamp: EXAMPLE_TIME,
  attempt: 1,
  probe: false,
  headers: [{ name: "content-type", value: "text/plain" }],
  headersCut: false,
  timing: { dnsMs: 2, connectMs: 18, tlsMs: 31, firstByteMs: 40 },
  peer: "93.184.216.34",
};

type ShownTo = { readonly caller: Pick<Caller, "role">; readonly withContent: boolean };

/** An attempt as an item of a list, with its message when that was loaded. */
export function toAttemptItem(p: ShownTo) {
  return {
    id: (view: AttemptView) => view.id,
    text: (view: AttemptView) => {
      const out = JSON.stringify(attemptOut(view, p));
      if (view.event === null) return out;
      return `${out.slice(0, -1)},"msg":${messageOut(shownEvent(view.event, false))}}`;
    },
  };
}

export function attemptOut(view: AttemptView, p: ShownTo): object {
  const { withContent } = p;
  return {
    id: view.id,
    msgId: view.eventId,
    endpointId: view.endpointId,
    url: view.url,
    response: withContent ? (view.response ?? EXPUNGED) : "",
    responseStatusCode: view.statusCode,
    responseDurationMs: Math.round(view.durationMs),
    reason: view.reason,
    ...attemptStatusOut(view.succeeded),
    triggerType: view.trigger === "manual" ? 1 : 0,
    resent: view.isResent,
    timestamp: isoTime(view.at),
    ...detailOut(view, p),
  };
}

function detailOut({ detail }: AttemptView, { caller, withContent }: ShownTo): object {
  if (detail === null) return {};
  const { attempt: number, isProbe: probe, timing, headers, isCut: headersCut } = detail;
  const peer = shownPeer(caller, detail.peer);
  const hasHeaders = withContent && (headers.length > 0 || headersCut);
  return {
    attempt: number,
    probe,
    timing,
    ...(peer === null ? undefined : { peer }),
    ...(hasHeaders
      ? { headers: headers.map(([name, value]) => ({ name, value })), headersCut }
      : undefined),
  };
}
