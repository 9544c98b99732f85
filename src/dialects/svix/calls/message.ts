/** Messages: publish, list, show, and delete the content. */
import type { FastifyInstance, FastifyReply } from "fastify";
import { refuseField } from "../../../core/error.ts";
import { toSentence } from "../../../core/delivery/undelivered.ts";
import type { App, EventFilter, OperationContext } from "../../../operations/context.ts";
import { findApp } from "../../../operations/apps/read-apps.ts";
import { draftApp } from "../../../operations/apps/create-app.ts";
import type { NewApp } from "../../../operations/apps/create-app.ts";
import { publishEvents } from "../../../operations/events/publish-events.ts";
import type { EventDraft, Published } from "../../../operations/events/publish-events.ts";
import {
  expungeEvent,
  findReasonUndelivered,
  getEvent,
  listEvents,
} from "../../../operations/events/read-events.ts";
import { CREATES } from "../../dialect.ts";
import { bodyBytes } from "../../read-body.ts";
import { readIdempotencyKeyInTurns } from "../../read-idempotency-key.ts";
import { beginTurn, READS_IN_TURNS } from "../../scan-in-turns.ts";
import { loadAppCall, param } from "../caller.ts";
import { readWholeMessage } from "./message-body.ts";
import { readMessage } from "./message-in.ts";
import { messageOut, payloadAsJson, shownEvent } from "./message-out.ts";
import type { ShownMessage } from "./message-out.ts";
import { byId, readWindow, sendPage, sendText } from "./paging.ts";
import { readQuery } from "./query.ts";
import type { QueryReader } from "./query.ts";

const PATH = "/api/v1/app/:app/msg";

export function mountMessages(scope: FastifyInstance, context: OperationContext): void {
  const bodyLimit = context.settings.eventLimitBytes;

  const options = { bodyLimit, config: { ...CREATES.config, ...READS_IN_TURNS } };
  scope.post(PATH, options, async (request, reply) => {
    const { caller, appRef } = await loadAppCall(context, request, "publish");
    const query = readQuery(request);
    const withContent = query.flag("with_content") ?? true;
    query.finish();
    const bytes = bodyBytes(request, null);
    const turn = await beginTurn(caller.id, bytes);
    const body = await readWholeMessage(bytes, turn);
    const { draft, application } = await readMessage(context, body, { index: null, turn });
    const published = await publishEvents(context, {
      appRef,
      createApp: application === null ? null : await newAppFor(context, appRef, application),
      drafts: [draft],
      isBatch: false,
      onDuplicate: "refuse",
      idempotencyKey: await readIdempotencyKeyInTurns(request, { caller, context, turn }),
      turn,
    });
    const [event] = published.events;
    const { acceptedAt } = published;
    const shown = draftAsShown(draft, { id: event?.id ?? "", acceptedAt, withContent });
    countDeliveries(reply, published);
    return sendText(reply, 202, messageOut(shown));
  });

  scope.get(PATH, async (request, reply) => {
    const { appRef } = await loadAppCall(context, request, "manage");
    const query = readQuery(request);
    const window = readWindow(query, { isCursor: byId.event, order: "newest_first" });
    const filter = readEventFilter(query);
    const withContent = query.flag("with_content") ?? true;
    query.finish();
    const page = await listEvents(context, { appRef, window, filter });
    return sendPage(reply, page, {
      id: (event) => event.id,
      text: (event) => messageOut(shownEvent(event, withContent)),
    });
  });

  scope.get(`${PATH}/:msg`, async (request, reply) => {
    const { appRef } = await loadAppCall(context, request, "manage");
    const query = readQuery(request);
    const withContent = query.flag("with_content") ?? true;
    query.finish();
    const event = await getEvent(context, { appRef, ref: param(request, "msg") });
    const reason = await findReasonUndelivered(context, { appRef, event });
    const undelivered = reason === null ? undefined : { undelivered: toSentence(reason) };
    return sendText(reply, 200, messageOut({ ...shownEvent(event, withContent), ...undelivered }));
  });

  scope.delete(`${PATH}/:msg/content`, async (request, reply) => {
    const { appRef } = await loadAppCall(context, request, "manage");
    readQuery(request).finish();
    await expungeEvent(context, { appRef, ref: param(request, "msg") });
    return reply.code(204).send();
  });
}

/** A header, because the official SDKs know no such field of a message. */
export function countDeliveries(reply: FastifyReply, { events }: Published): void {
  const made = events.reduce((sum, { deliveries }) => sum + deliveries, 0);
  reply.header("hookline-deliveries", made);
}

/** Filters that lists of messages and lists of attempts share. */
export function readEventFilter(query: QueryReader): EventFilter {
  const channel = query.text("channel");
  const tag = query.text("tag");
  const eventTypes = query.texts("event_types");
  const until = query.instant("before");
  const since = query.instant("after");
  return {
    ...(channel === undefined ? undefined : { channel }),
    ...(tag === undefined ? undefined : { tag }),
    ...(eventTypes === undefined ? undefined : { eventTypes }),
    ...(until === undefined ? undefined : { until }),
    ...(since === undefined ? undefined : { since }),
  };
}

/** The answer for a newly published event, without reading it back from the store. */
export function draftAsShown(
  draft: EventDraft,
  p: { readonly id: string; readonly acceptedAt: number; readonly withContent: boolean },
): ShownMessage {
  const { withContent, ...rest } = p;
  const payload = withContent ? payloadAsJson(draft.payloadText, draft.contentType) : "{}";
  return { ...draft, ...rest, payload };
}

/**
 * The app to create with the message. It must have the uid of the path, or the next message under that path
 * would not find it. When the app exists already, these fields are ignored.
 */
async function newAppFor(
  context: OperationContext,
  appRef: string,
  fields: NewApp,
): Promise<App | null> {
  if (fields.uid === appRef) return draftApp(context, fields);
  if ((await findApp(context, appRef)) !== null) return null;
  throw refuseField(
    "invalid_field",
    ["application", "uid"],
    "must equal the reference in the path, because this call creates the application",
  );
}
