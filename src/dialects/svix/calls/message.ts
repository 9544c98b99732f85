/** Messages: publish, list, show, and delete the content. */
import Type from "typebox";
import { LIMITS } from "../../../core/limits.ts";
import { refuseLimit } from "../../../core/limits/limit.ts";
import { toSentence } from "../../../core/delivery/undelivered.ts";
import { draftAppFor } from "../../../operations/apps/create-app.ts";
import { isBuiltIn } from "../../../operations/event-types/built-in.ts";
import { publishEvents } from "../../../operations/events/publish-events.ts";
import {
  expungeEvent,
  findReasonUndelivered,
  getEvent,
  listEvents,
  searchEvents,
} from "../../../operations/events/read-events.ts";
import { CREATES } from "../../dialect.ts";
import { bodyBytes } from "../../read-body.ts";
import { readIdempotencyKeyInTurns } from "../../read-idempotency-key.ts";
import { beginTurn, READS_IN_TURNS } from "../../scan-in-turns.ts";
import type { Call } from "../../call.ts";
import { defineCall } from "../call.ts";
import { asAppCaller } from "../caller.ts";
import { publishBatch } from "./batch.ts";
import { findEventIds, withReveal } from "../with-reveal.ts";
import { answer, NOTHING, READING } from "./document-fields.ts";
import { createPaging } from "./list-query.ts";
import { readWholeMessage } from "./message-body.ts";
import { readMessage } from "./message-in.ts";
import { EVENT_SEARCH, FOUND_MESSAGES, sendFound, toEventSearch } from "./message-search.ts";
import { setDeliveryCount, draftAsShown, messageOut, shownEvent } from "./message-out.ts";
import {
  EVENT_FILTER,
  EXAMPLE_IN,
  EXAMPLE_MESSAGE_OUT,
  message,
  messageIn,
  oneMessage,
  PUBLISHING,
  toEventFilter,
  withContent,
} from "./message-schema.ts";
import { byId, sendText } from "./paging.ts";

const paging = createPaging({ isCursor: byId.event, order: "newest_first" });
const all = {
  tag: "Message",
  path: "/api/v1/app/:app/msg",
  access: asAppCaller("manage"),
} as const;
const one = { ...all, path: `${all.path}/:msg`, refusals: READING } as const;

export const MESSAGE_CALLS: readonly Call[] = [
  defineCall({
    ...all,
    id: "createMessage",
    publishes: true,
    portal: null,
    operator: "operator",
    summary: "Publish a message",
    description:
      "After the answer, the message and its deliveries are durable. The header `hookline-deliveries` is their number. If it is 0, GET returns the reason.",
    method: "POST",
    access: asAppCaller("publish"),
    idempotent: true,
    route: ({ settings }) => ({
      bodyLimit: settings.limits.eventBytes,
      config: {
        ...CREATES.config,
        ...READS_IN_TURNS,
        bodyTooLarge: () => refuseLimit(LIMITS.eventBytes, settings.limits.eventBytes),
      },
    }),
    query: Type.Object({ with_content: withContent }),
    body: messageIn,
    example: { body: EXAMPLE_IN },
    answers: { 202: answer("The message is accepted.", message, EXAMPLE_MESSAGE_OUT) },
    refusals: PUBLISHING,
    async handle({ context, caller, appRef, query, request, reply }) {
      const bytes = bodyBytes(request, null);
      const turn = await beginTurn(caller.id, bytes);
      const given = await readWholeMessage(bytes, turn, (type) => isBuiltIn(context, type));
      const { draft, application } = await readMessage(context, given, { index: null, turn });
      const published = await publishEvents(context, {
        appRef,
        createApp: application === null ? null : await draftAppFor(context, appRef, application),
        drafts: [draft],
        isBatch: false,
        onDuplicate: "refuse",
        idempotencyKey: await readIdempotencyKeyInTurns(request, { caller, context, turn }),
        turn,
      });
      const id = published.events[0]?.id ?? "";
      const { acceptedAt } = published;
      setDeliveryCount(reply, published);
      const isShown = query.with_content ?? true;
      const shown = draftAsShown(draft, { id, acceptedAt, withContent: isShown });
      return sendText(reply, 202, messageOut(shown));
    },
  }),
  defineCall({
    ...all,
    id: "listMessages",
    portal: "ViewBase",
    operator: "viewer",
    summary: "List messages",
    description:
      "Returns the newest messages first. A search that ends early says how far it got in `searchedTo`; `iterator` continues it.",
    method: "GET",
    query: paging.toQuery({ ...EVENT_FILTER, ...EVENT_SEARCH, with_content: withContent }),
    example: { query: { event_types: ["message.received"] } },
    answers: FOUND_MESSAGES,
    refusals: READING,
    async handle({ context, appRef, query, reply }) {
      const window = paging.toPageRequest(query);
      const listed = { appRef, window, filter: toEventFilter(query) };
      const search = toEventSearch(query);
      const withMarks = query.with_deliveries === true;
      const page =
        search === null && !withMarks
          ? await listEvents(context, listed)
          : await searchEvents(context, { ...listed, search: search ?? {}, withMarks });
      const isShown = query.with_content ?? true;
      return await sendFound(reply, page, { window, withContent: isShown, withMarks });
    },
  }),
  publishBatch,
  ...withReveal(
    {
      ...one,
      id: "getMessage",
      portal: "ViewBase",
      operator: "viewer",
      summary: "Get a message",
      method: "GET",
      query: Type.Object({ with_content: withContent }),
      answers: { 200: answer("The message.", oneMessage, EXAMPLE_MESSAGE_OUT) },
      async handle({ context, appRef, params, query, reply }) {
        const event = await getEvent(context, { appRef, ref: params.msg });
        const reason = await findReasonUndelivered(context, { appRef, event });
        const undelivered = reason === null ? undefined : { undelivered: toSentence(reason) };
        const shown = shownEvent(event, query.with_content ?? true);
        return sendText(reply, 200, messageOut({ ...shown, ...undelivered }));
      },
    },
    {
      id: "revealMessage",
      of: "a message",
      findIds: findEventIds,
    },
  ),
  defineCall({
    ...one,
    path: `${one.path}/content`,
    id: "expungeMessage",
    portal: null,
    operator: "operator",
    summary: "Delete the content of a message",
    description: "The pending deliveries of the message fail.",
    method: "DELETE",
    answers: NOTHING,
    async handle({ context, appRef, params }) {
      await expungeEvent(context, { appRef, ref: params.msg });
    },
  }),
];
