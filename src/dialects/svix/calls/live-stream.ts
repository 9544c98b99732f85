/** Live streams: changes as server-sent events, so that a page can read its lists again. */
import type { FastifyReply, FastifyRequest } from "fastify";
import Type from "typebox";
import { getApp } from "../../../operations/apps/read-apps.ts";
import type { OperationContext } from "../../../operations/context.ts";
import type { Caller } from "../../../operations/keys/authenticate-caller.ts";
import type { Call } from "../../call.ts";
import { defineCall } from "../call.ts";
import { asAppCaller, asOperator, isStillValid } from "../caller.ts";
import { openLiveAnswer } from "../live-answer.ts";
import { READING } from "./document-fields.ts";

const DESCRIPTION =
  "Server-sent events: `event`, `attempt`, `endpoint` and `task` with ids and plain facts, and no contents. `gap` " +
  "says that some were lost, so read the lists again. A comment comes every 15 seconds. The stream ends after an " +
  "hour, or with the credential; then connect again.";

const STREAMED = {
  200: {
    description: "The stream. It is not stored, so it begins with the next change.",
    schema: Type.String(),
    mediaType: "text/event-stream",
    example: 'event: endpoint\ndata: {"appId":"app_2srOrx2ZWZBpBUvZwXKQmoEYga1","id":"ep_2s…"}\n\n',
  },
} as const;

const common = {
  tag: "Live stream",
  operator: "viewer",
  method: "GET",
  answers: STREAMED,
  // A HEAD would hold a stream that no client reads.
  route: () => ({ config: { isStream: true }, exposeHeadRoute: false }),
} as const;

export const STREAM_CALLS: readonly Call[] = [
  defineCall({
    ...common,
    id: "streamAll",
    summary: "Stream changes of all applications",
    description: `${DESCRIPTION} \`overview\` has the sums of the last second. Requires the admin token.`,
    path: "/api/v1/stream",
    portal: null,
    access: asOperator,
    refusals: ["rate_limited", "overloaded"],
    handle: ({ context, caller, request, reply }) =>
      stream(context, { caller, request, reply, appId: null }),
  }),
  defineCall({
    ...common,
    id: "streamApplication",
    summary: "Stream changes of an application",
    description: DESCRIPTION,
    path: "/api/v1/app/:app/stream",
    portal: "ViewBase",
    access: asAppCaller("manage"),
    refusals: [...READING, "rate_limited", "overloaded"],
    async handle({ context, caller, appRef, request, reply }) {
      const { id: appId } = await getApp(context, appRef);
      return stream(context, { caller, request, reply, appId });
    },
  }),
];

function stream(
  context: OperationContext,
  p: {
    readonly caller: Caller;
    readonly request: FastifyRequest;
    readonly reply: FastifyReply;
    readonly appId: string | null;
  },
): FastifyReply {
  const { caller, request, reply, appId } = p;
  const answer = openLiveAnswer({
    hub: context.live,
    reply,
    appId,
    credential: caller.id,
    ofApp: caller.appId,
    expiresAt: caller.portal?.expiresAt ?? null,
    now: context.now(),
    isAllowed: () => isStillValid(context, request),
  });
  return reply.send(answer);
}
