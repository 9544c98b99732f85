/** The request of a delivery: the exact body, the headers without secrets, and a command that repeats it. */
import Type from "typebox";
import { toCurl } from "../../../core/delivery/curl.ts";
import { getEndpoint } from "../../../operations/endpoints/read-endpoints.ts";
import { showRequest } from "../../../operations/events/show-request.ts";
import { maySeeSecrets } from "../../../operations/keys/authenticate-caller.ts";
import type { Call } from "../../call.ts";
import { personal } from "../personal.ts";
import { findEventIds, withReveal } from "../with-reveal.ts";
import { answer, flag, nullable, READING, shown } from "./document-fields.ts";
import { asManager } from "./endpoint-access.ts";
import { EXAMPLE_FACTS } from "./endpoint-out.ts";

const HIDDEN = "hidden";

const requestOut = shown("DeliveryRequest", {
  part: Type.Integer({
    minimum: 0,
    description: "Which of several webhooks of the message it is.",
  }),
  method: Type.String(),
  url: personal("text", Type.String({ description: "The URL with the query of the delivery." })),
  headers: Type.Array(
    Type.Object({
      name: Type.String(),
      value: Type.String({ description: "Empty for a hidden value." }),
      hidden: flag("Whether the value is a credential or a signature."),
    }),
  ),
  body: personal("text", nullable(Type.String({ description: "The exact body; null for none." }))),
  curl: personal("text", Type.String({ description: "A command that sends the same request." })),
});

export const REQUEST_CALLS: readonly Call[] = [
  ...withReveal(
    {
      tag: "Message attempt",
      id: "getDeliveryRequest",
      portal: "ViewBase",
      operator: "viewer",
      summary: "Get the request of a delivery",
      description:
        "Returns the request as the next attempt would send it. Only the instant of the attempt and its signature differ from earlier attempts, and the endpoint's URL and headers are the present ones.",
      method: "GET",
      path: "/api/v1/app/:app/msg/:msg/endpoint/:endpoint/request",
      access: asManager,
      query: Type.Object({
        part: Type.Optional(
          Type.Integer({
            minimum: 0,
            maximum: 1000,
            description: "Which of several webhooks of the message.",
          }),
        ),
      }),
      answers: {
        200: answer("The request.", requestOut, {
          part: 0,
          method: "POST",
          url: EXAMPLE_FACTS.url,
          headers: [{ name: "content-type", value: "application/json", hidden: false }],
          body: "{}",
          curl: `curl -X 'POST' '${EXAMPLE_FACTS.url}'`,
        }),
      },
      refusals: [...READING, "content_expunged"],
      async handle({ context, caller, appRef, params, query }) {
        const { headers, ...request } = await showRequest(context, {
          appRef,
          eventRef: params.msg,
          endpointRef: params.endpoint,
          part: query.part ?? null,
          showsHeaders: maySeeSecrets(caller),
        });
        const named = headers.map(({ name, value }) => ({ name, value: value ?? HIDDEN }));
        return {
          ...request,
          headers: headers.map(({ name, value }) => ({
            name,
            value: value ?? "",
            hidden: value === null,
          })),
          curl: toCurl({ ...request, headers: named }),
        };
      },
    },
    {
      id: "revealDeliveryRequest",
      of: "the request of a delivery",
      async findIds(call) {
        const { context, appRef, params } = call;
        const endpoint = await getEndpoint(context, {
          appRef,
          ref: params.endpoint,
          dialect: null,
        });
        return [...(await findEventIds(call)), endpoint.endpointId];
      },
    },
  ),
];
