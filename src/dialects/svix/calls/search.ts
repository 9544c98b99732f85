/** Search: everything that one text may be, in an application or over all of them. */
import Type from "typebox";
import { refuseField } from "../../../core/error.ts";
import { maskPartly } from "../../../core/privacy/mask-number.ts";
import type { Hit, Hits, OperationContext } from "../../../operations/context.ts";
import { readNames } from "../../../operations/names/read-names.ts";
import { searchEverywhere, searchInApp } from "../../../operations/search/search.ts";
import type { Call } from "../../call.ts";
import { defineCall } from "../call.ts";
import { asOperator } from "../caller.ts";
import { personal } from "../personal.ts";
import { answer, EXAMPLE_TIME, flag, nullable, READING, shown } from "./document-fields.ts";
import { asManager } from "./endpoint-access.ts";
import { iteratorIn } from "./list-query.ts";
import { searchedTo } from "./marks-out.ts";
import { byId, isoTime } from "./paging.ts";

const KINDS = ["app", "contact", "endpoint", "event", "task", "text"] as const;
const MOST_CHARACTERS = 256;
/** In the label of a text. */
const BETWEEN_PARTIES = " → ";

const query = Type.Object({
  q: Type.String({
    minLength: 1,
    maxLength: MOST_CHARACTERS,
    description:
      'A phone number or its last digits, an id, a name, or a part of a URL. In quotes, words of a payload: `"your table"`.',
  }),
});
const hit = shown("SearchHit", {
  kind: Type.Enum([...KINDS] satisfies Hit["kind"][]),
  id: Type.String({
    description: "Its id: of a text Zipwhip's id, of a contact the number or the user id.",
  }),
  app: Type.String({ description: "The id of its application." }),
  appName: nullable(Type.String({ description: "The name of its application." })),
  label: Type.String({ description: "The name, URL, numbers or type." }),
  text: nullable(personal("text", Type.String({ description: "The beginning of a text." }))),
  at: nullable(Type.String({ format: "date-time" })),
});
const hits = shown("SearchHits", {
  data: Type.Array(hit, { description: "At most 20, the most exact ones first." }),
  iterator: nullable(Type.String({ description: "Continues a search that ended early." })),
  done: flag("Whether the search came to its end."),
  searchedTo,
});
const EXAMPLE = {
  data: [
    {
      kind: "text",
      id: "2124650254158354432",
      app: "app_2srOrx2ZWZBpBUvZwXKQmoEYga1",
      appName: "The Blue Door",
      label: "+12065550188 → +12065550100",
      text: "Is my table ready?",
      at: EXAMPLE_TIME,
    },
  ],
  iterator: null,
  done: true,
  searchedTo: null,
};
const all = {
  tag: "Search",
  operator: "viewer",
  method: "GET",
  query,
  example: { query: { q: "+12065550188" } },
  answers: { 200: answer("The hits.", hits, EXAMPLE) },
  refusals: READING,
} as const;

export const SEARCH_CALLS: readonly Call[] = [
  defineCall({
    ...all,
    id: "search",
    portal: null,
    path: "/api/v1/search",
    access: asOperator,
    summary: "Search all applications",
    description:
      "Finds applications by id, uid and name, endpoints by id and URL, and messages, texts and tasks by Hookline's ids.",
    handle: async ({ context, query }) =>
      await hitsOut(context, await searchEverywhere(context, toSearched(query))),
  }),
  defineCall({
    ...all,
    id: "searchApplication",
    portal: "ViewBase",
    path: "/api/v1/app/:app/search",
    access: asManager,
    summary: "Search an application",
    description:
      "Finds texts, messages, endpoints and contacts. Words in quotes are searched from the newest message back, and `searchedTo` says how far; `iterator` continues the search.",
    query: Type.Object({
      ...query.properties,
      iterator: iteratorIn(byId.event, "answer of this call"),
    }),
    async handle({ context, caller, appRef, query }) {
      const after = query.iterator ?? null;
      const found = { caller, appRef, query: toSearched(query), after };
      return await hitsOut(context, await searchInApp(context, found), caller.isMasked);
    },
  }),
];

/** A query may leave out every parameter that its schema has. */
function toSearched({ q }: { readonly q?: string }): string {
  if (q !== undefined) return q;
  throw refuseField("invalid_field", ["query", "q"], "is required");
}

/** A label is of many kinds, so its mark would hide names of applications too. */
function hideParties(hit: Hit): Hit {
  const label = () => hit.label.split(BETWEEN_PARTIES).map(maskPartly).join(BETWEEN_PARTIES);
  if (hit.kind === "text") return { ...hit, label: label() };
  return hit.kind === "contact" ? { ...hit, id: maskPartly(hit.id), label: label() } : hit;
}

async function hitsOut(context: OperationContext, found: Hits, isMasked = false): Promise<object> {
  const hits = isMasked ? found.hits.map(hideParties) : found.hits;
  const names = await readNames(context, { appRefs: hits.map(({ appId }) => appId) });
  return {
    data: hits.map(({ appId, ...rest }) => ({
      kind: rest.kind,
      id: rest.id,
      app: appId,
      appName: names.findApp(appId)?.name ?? null,
      label: rest.label,
      text: rest.text,
      at: rest.at === null ? null : isoTime(rest.at),
    })),
    iterator: found.next,
    done: found.next === null,
    searchedTo: found.searchedTo === null ? null : isoTime(found.searchedTo),
  };
}
