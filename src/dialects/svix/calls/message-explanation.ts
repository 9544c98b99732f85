/** Explains a message: whether its payload fits the schema, its relatives, and its form in each API. */
import Type from "typebox";
import { NO_FORM_REASONS, noFormSentence } from "../../../core/events/api-form.ts";
import { DIALECTS } from "../../../core/snapshot.ts";
import { PAYLOAD_STATES } from "../../../operations/event-types/check-payload.ts";
import { explainEvent } from "../../../operations/events/explain-event.ts";
import type { Call } from "../../call.ts";
import { personal } from "../personal.ts";
import { findEventIds, withReveal } from "../with-reveal.ts";
import { answer, EXAMPLE_MESSAGE, nullable, READING, shown } from "./document-fields.ts";
import { asManager } from "./endpoint-access.ts";

const relative = Type.Object({ id: Type.String(), eventType: Type.String() });

const explanationOut = shown("MessageExplanation", {
  schema: Type.Object({
    state: Type.Enum([...PAYLOAD_STATES], {
      description:
        "`not_checked` when the check took too long, or when the application asked for too many. `too_large` beyond 256 KiB.",
    }),
    version: nullable(
      Type.String({ description: "The newest version, which is checked; null if built in." }),
    ),
    problems: Type.Array(
      Type.Object({
        path: Type.String({ description: "The field, such as `payload.order.items[0]`." }),
        message: personal("text", Type.String()),
      }),
      { description: "At most eight." },
    ),
  }),
  derivedFrom: nullable(relative),
  derived: Type.Array(relative, { description: "Messages that were derived from this one." }),
  forms: Type.Array(
    Type.Object({
      api: Type.Enum([...DIALECTS]),
      event: nullable(
        Type.String({ description: "The API's name of the event; null if it does not send it." }),
      ),
      reason: nullable(
        Type.Enum([...NO_FORM_REASONS], { description: "Why the API does not send it." }),
      ),
      sentence: nullable(Type.String({ description: "The reason as a sentence." })),
      contentType: nullable(Type.String()),
      webhooks: Type.Integer({ description: "Number of requests that an endpoint gets." }),
      bodies: Type.Array(
        Type.Object({
          body: personal(
            "text",
            nullable(Type.String({ description: "The exact body; null beyond 64 KiB." })),
          ),
          bytes: Type.Integer(),
        }),
        { description: "At most ten." },
      ),
    }),
    {
      description:
        "The form in each enabled API, for an endpoint that asks for all events by POST. Empty once the content is deleted.",
    },
  ),
});

export const EXPLANATION_CALLS: readonly Call[] = [
  ...withReveal(
    {
      tag: "Message",
      id: "explainMessage",
      portal: "ViewBase",
      operator: "viewer",
      summary: "Explain a message",
      description:
        "Says whether the payload fits the registered schema of its type, which messages were derived, and the body that each API sends. A publish is never refused for a registered schema.",
      method: "GET",
      path: "/api/v1/app/:app/msg/:msg/explanation",
      access: asManager,
      answers: {
        200: answer("The explanation.", explanationOut, {
          schema: { state: "fits", version: "1", problems: [] },
          derivedFrom: null,
          derived: [],
          forms: [
            {
              api: "svix",
              event: "message.received",
              reason: null,
              sentence: null,
              contentType: "application/json",
              webhooks: 1,
              bodies: [{ body: `{"message":{"id":"${EXAMPLE_MESSAGE}"}}`, bytes: 30 }],
            },
          ],
        }),
      },
      refusals: READING,
      async handle({ context, caller, appRef, params }) {
        const found = await explainEvent(context, { caller, appRef, eventRef: params.msg });
        return {
          schema: found.schema,
          derivedFrom: found.derivedFrom === null ? null : relativeOut(found.derivedFrom),
          derived: found.derived.map(relativeOut),
          forms: found.forms.map((form) => ({
            ...form,
            sentence: form.reason === null ? null : noFormSentence(form.reason),
          })),
        };
      },
    },
    { id: "revealExplanation", of: "the explanation of a message", findIds: findEventIds },
  ),
];

function relativeOut({ id, type }: { readonly id: string; readonly type: string }): object {
  return { id, eventType: type };
}
