/** Erases one person of an application by number or user id, as a background task. Svix has no such call. */
import Type from "typebox";
import { eraseNumber } from "../../../operations/messages/erase-number.ts";
import type { Call } from "../../call.ts";
import { defineCall } from "../call.ts";
import { asAppCaller } from "../caller.ts";
import { EXAMPLE_STARTED, startedOut, startedTask } from "./background-task.ts";
import { answer, body, CHANGING, EXAMPLE_NUMBER } from "./document-fields.ts";

export const ERASURE_CALLS: readonly Call[] = [
  defineCall({
    tag: "Message",
    id: "eraseNumber",
    portal: null,
    operator: "operator",
    summary: "Erase a phone number",
    description:
      "Starts a background task that erases the number in all messages that were accepted before: their payloads, the stored texts, the answers of receivers. Give the number, or the WhatsApp user id of a person whose number is unknown; both are erased if both are known. The contact and its conversations are deleted at once. An opt-out is kept as a keyed hash and applies to later texts. Pending deliveries of these messages fail. Only one number of an application is erased at a time. A repeat erases the rest.",
    method: "POST",
    path: "/api/v1/app/:app/erase-number",
    access: asAppCaller("manage"),
    body: body("EraseNumberIn", {
      number: Type.Optional(Type.String({ maxLength: 40, description: "The number in E.164." })),
      userId: Type.Optional(
        Type.String({ maxLength: 135, description: "The WhatsApp user id, without a number." }),
      ),
    }),
    example: { body: { number: EXAMPLE_NUMBER } },
    answers: {
      202: answer("The task is started.", startedTask, {
        ...EXAMPLE_STARTED,
        task: "application.purge_content",
      }),
    },
    refusals: [...CHANGING, "rate_limited"],
    async handle({ context, appRef, body: given }) {
      return startedOut(await eraseNumber(context, { appRef, ...given }));
    },
  }),
];
