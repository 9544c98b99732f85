/** The query of a list: paging, the order, and the parameters of Svix's sister lists. */
import Type from "typebox";
import type { TObject, TProperties } from "typebox";
import type { PageRequest } from "../../../operations/context.ts";
import { ignoreNames, refine } from "../../request-schema.ts";
import { PAGE, toOrderSchema } from "./document-fields.ts";
import { CONFIGURATION_PARAMETERS, HISTORY_PARAMETERS, type ListKind } from "./paging.ts";

const DEFAULT_LIMIT = 50;

type PageQuery = { readonly limit?: number; readonly iterator?: string };

/** The parameter that continues an answer by its `iterator`. */
export function iteratorIn(isCursor: (text: string) => boolean, answer = "page of this list") {
  return refine(PAGE.iterator, isCursor, `must be the iterator of a previous ${answer}`);
}

export type Paging = {
  /** The schema of the query, with further parameters of the list. */
  toQuery<P extends TProperties>(more: P): TObject<typeof PAGE & P>;
  toPageRequest(query: PageQuery): PageRequest;
};

export function createPaging({ isCursor, order }: ListKind): Paging {
  const isChoice = order === "choose_oldest" || order === "choose_newest";
  const isOldestFirst = order === "choose_oldest" || order === "oldest_first";
  const page = {
    limit: PAGE.limit,
    iterator: iteratorIn((text) => isCursor(text.replace(/^-/, ""))),
    ...(isChoice
      ? { order: toOrderSchema(isOldestFirst ? "ascending" : "descending") }
      : undefined),
  };
  const ignored = isChoice ? CONFIGURATION_PARAMETERS : HISTORY_PARAMETERS;
  return {
    toQuery: (more) => ignoreNames(ignored, Type.Object({ ...page, ...more })),
    toPageRequest(query) {
      const { limit = DEFAULT_LIMIT, iterator } = query;
      const { order: chosen } = query as { readonly order?: string };
      return {
        after: iterator?.replace(/^-/, "") ?? null,
        limit,
        backward: iterator?.startsWith("-") ?? false,
        ascending: chosen === undefined ? isOldestFirst : chosen === "ascending",
      };
    },
  };
}
