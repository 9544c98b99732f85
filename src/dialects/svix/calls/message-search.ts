/** The search of the list of messages: its parameters, and its pages with the state at every endpoint. */
import type { FastifyReply } from "fastify";
import Type from "typebox";
import type { Static, TObject } from "typebox";
import { refuseField } from "../../../core/error.ts";
import { parseFieldPath } from "../../../core/json/find-field.ts";
import { MARKS } from "../../../core/verdict.ts";
import type {
  EventRow,
  EventSearch,
  FoundEvents,
  Page,
  PageRequest,
} from "../../../operations/context.ts";
import { personal } from "../personal.ts";
import { answer, flag, shown, toListSchema } from "./document-fields.ts";
import {
  EXAMPLE_MARK,
  EXAMPLE_MARKED_PAGE,
  mark,
  markedPage,
  markOut,
  searchedTo,
} from "./marks-out.ts";
import { messageOut, shownEvent } from "./message-out.ts";
import { EXAMPLE_MESSAGE_OUT, messageFacts } from "./message-schema.ts";
import { isoTime, mapLazily, sendList, toIterators } from "./paging.ts";

const MOST_CHARACTERS = 256;
const SEARCHED = { minLength: 1, maxLength: MOST_CHARACTERS } as const;

export const EVENT_SEARCH = {
  number: Type.Optional(
    Type.String({
      ...SEARCHED,
      description: "Selects messages about this number or user id of another party.",
    }),
  ),
  message_id: Type.Optional(
    Type.String({ ...SEARCHED, description: "Selects messages about the text with your id." }),
  ),
  contains: Type.Optional(
    personal(
      "payload",
      Type.String({
        ...SEARCHED,
        description:
          "Selects messages whose payload contains this text; letters from a to z match in any case.",
      }),
    ),
  ),
  field: Type.Optional(
    personal(
      "payload",
      Type.String({
        ...SEARCHED,
        description:
          "Selects messages by a field of the payload, such as `message.from=+12065550188`; numbers match digit by digit.",
      }),
    ),
  ),
  endpoint_id: Type.Optional(
    Type.String({ ...SEARCHED, description: "Selects messages with a delivery to this endpoint." }),
  ),
  state: Type.Optional(
    Type.Array(Type.Enum([...MARKS]), {
      description: "Selects messages that are in one of these states at one of their endpoints.",
    }),
  ),
  with_deliveries: Type.Optional(
    flag("Whether each message has its state at every endpoint in `marks`."),
  ),
};

type Query = Static<TObject<typeof EVENT_SEARCH>>;

/** Null when the query has no search. Refuses with `invalid_field`. */
export function toEventSearch(query: Query): EventSearch | null {
  const { number, message_id: messageId, contains, endpoint_id: endpointRef, state } = query;
  const search: EventSearch = {
    ...(number === undefined ? undefined : { number }),
    ...(messageId === undefined ? undefined : { messageId }),
    ...(contains === undefined ? undefined : { contains }),
    ...(query.field === undefined ? undefined : { field: toField(query.field) }),
    ...(endpointRef === undefined ? undefined : { endpointRef }),
    ...(state === undefined ? undefined : { marks: state }),
  };
  return Object.keys(search).length === 0 ? null : search;
}

function toField(text: string): NonNullable<EventSearch["field"]> {
  const at = text.indexOf("=");
  const path = at === -1 ? null : parseFieldPath(text.slice(0, at));
  if (path !== null) return { path, value: text.slice(at + 1) };
  throw refuseField(
    "invalid_field",
    ["query", "field"],
    "must be names with dots between them, then = and the value, such as message.from=+12065550188",
  );
}

const foundMessage = shown("FoundMessage", {
  ...messageFacts,
  marks: Type.Optional(Type.Array(mark, { description: "Present with `with_deliveries`." })),
});

export const FOUND_MESSAGES = {
  200: answer(
    "A page of messages.",
    toListSchema(foundMessage, "Messages", {
      endpoints: Type.Optional(markedPage.endpoints),
      hasMoreEndpoints: Type.Optional(markedPage.hasMoreEndpoints),
      searchedTo: Type.Optional(searchedTo),
    }),
    {
      data: [{ ...EXAMPLE_MESSAGE_OUT, marks: [EXAMPLE_MARK] }],
      iterator: EXAMPLE_MESSAGE_OUT.id,
      prevIterator: `-${EXAMPLE_MESSAGE_OUT.id}`,
      done: true,
      ...EXAMPLE_MARKED_PAGE,
      searchedTo: null,
    },
  ),
};

export async function sendFound(
  reply: FastifyReply,
  page: Page<EventRow> | FoundEvents,
  p: { readonly window: PageRequest; readonly withContent: boolean; readonly withMarks: boolean },
): Promise<FastifyReply> {
  const { items, done, searchedTo: at } = page;
  const texts = mapLazily<EventRow & Partial<FoundEvents["items"][number]>, string>(
    items,
    ({ marks, ...event }) => {
      const hasMarks = marks !== undefined && p.withMarks;
      const more = hasMarks ? { marks: marks.map(markOut) } : undefined;
      return messageOut(shownEvent(event, p.withContent), more);
    },
  );
  const more = {
    ...toIterators<EventRow>(page, p.window, ({ id }) => id),
    done,
    ...("endpoints" in page && p.withMarks
      ? { endpoints: page.endpoints, hasMoreEndpoints: page.hasMoreEndpoints }
      : undefined),
    ...(at === undefined ? undefined : { searchedTo: at === null ? null : isoTime(at) }),
  };
  return await sendList(reply, 200, { texts, more });
}
