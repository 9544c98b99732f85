/** Texts: a list with the state of each at every endpoint, and one text with all messages about it. */
import Type from "typebox";
import { listTexts, readText } from "../../../operations/texts/read-texts.ts";
import type { Call } from "../../call.ts";
import { defineCall } from "../call.ts";
import { withReveal } from "../with-reveal.ts";
import { answer, READING, toListSchema } from "./document-fields.ts";
import { asManager } from "./endpoint-access.ts";
import { createPaging, iteratorIn } from "./list-query.ts";
import { EXAMPLE_MARKED_PAGE, markedPage, markOut, searchedTo } from "./marks-out.ts";
import { byId, isoTime, mapLazily, sendList, toIterators } from "./paging.ts";
import {
  EXAMPLE_STORY_OUT,
  EXAMPLE_TEXT_OUT,
  markedText,
  storyOut,
  TEXT_FILTER,
  textOut,
  textStory,
  toTextFilter,
} from "./text-schema.ts";

const paging = createPaging({ isCursor: byId.event, order: "newest_first" });
const all = {
  tag: "Text",
  portal: "ViewBase",
  operator: "viewer",
  method: "GET",
  path: "/api/v1/app/:app/text",
  access: asManager,
  refusals: READING,
} as const;
const list = toListSchema(markedText, "Texts", { ...markedPage, searchedTo });

export const TEXT_CALLS: readonly Call[] = [
  defineCall({
    ...all,
    id: "listTexts",
    summary: "List texts",
    description:
      "Returns the newest texts first, with the state of each at every endpoint. A search that ends early says how far it got in `searchedTo`; `iterator` continues it.",
    query: paging.toQuery(TEXT_FILTER),
    answers: {
      200: answer("A page of texts.", list, {
        data: [EXAMPLE_TEXT_OUT],
        iterator: EXAMPLE_TEXT_OUT.eventId,
        prevIterator: `-${EXAMPLE_TEXT_OUT.eventId}`,
        done: true,
        ...EXAMPLE_MARKED_PAGE,
        searchedTo: null,
      }),
    },
    async handle({ context, appRef, query, reply }) {
      const window = paging.toPageRequest(query);
      const page = await listTexts(context, { appRef, window, filter: toTextFilter(query) });
      const { items, done, endpoints, hasMoreEndpoints } = page;
      const texts = mapLazily(items, ({ marks, ...text }) =>
        JSON.stringify({ ...textOut(text), marks: marks.map(markOut) }),
      );
      const more = {
        ...toIterators(page, window, ({ eventId }) => eventId),
        done,
        endpoints,
        hasMoreEndpoints,
        searchedTo: page.searchedTo === null ? null : isoTime(page.searchedTo),
      };
      return await sendList(reply, 200, { texts, more });
    },
  }),
  ...withReveal(
    {
      ...all,
      path: `${all.path}/:text`,
      id: "getText",
      summary: "Get a text with all messages about it",
      description:
        "Returns the text, the messages about it in their order, and each attempt at each endpoint. `worst` is the verdict that needs most attention. An answer without all messages says how far it got in `searchedTo`; `iterator` continues them.",
      query: Type.Object({ iterator: iteratorIn(byId.event, "answer of this call") }),
      answers: { 200: answer("The text.", textStory, EXAMPLE_STORY_OUT) },
      async handle({ context, appRef, params, query }) {
        const after = query.iterator ?? null;
        return storyOut(await readText(context, { appRef, ref: params.text, after }));
      },
    },
    {
      id: "revealText",
      of: "a text",
      async findIds({ context, appRef, params }) {
        const { text } = await readText(context, { appRef, ref: params.text, after: null });
        return [text.eventId];
      },
    },
  ),
];
