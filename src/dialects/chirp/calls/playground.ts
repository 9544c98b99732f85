/**
 * The playground of a test app: a simulated inbound message. It is published like any other, so it has all
 * the effects of a real one.
 */
import type { FastifyInstance } from "fastify";
import { AppError } from "../../../core/error.ts";
import type { OperationContext } from "../../../operations/context.ts";
import { plainDraft, publishEvents } from "../../../operations/events/publish-events.ts";
import { checkWith } from "../../check-schema.ts";
import { loadCaller, readChecked } from "../caller.ts";
import { INBOUND } from "./playground-calls.ts";

const checkInbound = checkWith(INBOUND);

export function mountPlayground(scope: FastifyInstance, context: OperationContext): void {
  for (const channel of ["sms", "whatsapp"] as const) {
    scope.post(`/v1/playground/${channel}/inbound`, async (request, reply) => {
      const { appId, isTest } = await loadCaller(context, request);
      if (!isTest) {
        throw new AppError(
          "forbidden",
          "The playground needs the key of a test app, sk_test_app_*.",
        );
      }
      const { from, to, text, subject } = readChecked(request, checkInbound);
      const id = context.ids.next("playground_");
      const message = { id, channel, from, to, text };
      const payload = { message: subject === undefined ? message : { ...message, subject } };
      await publishEvents(context, {
        appRef: appId,
        createApp: null,
        drafts: [plainDraft("message.received", payload)],
        isBatch: false,
        onDuplicate: "refuse",
        idempotencyKey: null,
      });
      // Published without an id: the register generates the webhook's id and does not return it.
      return reply.code(202).send({ message: "Inbound message accepted" });
    });
  }
}
