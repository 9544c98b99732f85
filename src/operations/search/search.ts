/** Searches one application, or all of them, for one text. */
import { AppError } from "../../core/error.ts";
import { parseSearch } from "../../core/search/search-query.ts";
import type { Hits } from "../../store/interface/search.ts";
import type { OperationContext } from "../context.ts";
import { type Caller, unknownApp } from "../keys/authenticate-caller.ts";

/** Refuses with `not_found` an unknown app, and with `forbidden` a search of contents that are masked. */
export async function searchInApp(
  context: OperationContext,
  p: {
    readonly caller: Caller;
    readonly appRef: string;
    readonly query: string;
    /** The event behind which the search goes on. */
    readonly after: string | null;
  },
): Promise<Hits> {
  if (p.caller.isMasked && parseSearch(p.query).words !== null) {
    const who = p.caller.role === "viewer" ? "A viewer" : "A session with masked texts";
    throw new AppError("forbidden", `${who} may not search contents, so not by words in quotes.`);
  }
  const found = await context.store.search.inApp({
    appRef: p.appRef,
    query: p.query,
    after: p.after,
    isMasked: p.caller.isMasked,
  });
  if (found === null) throw unknownApp(p.appRef);
  return found;
}

export async function searchEverywhere(context: OperationContext, query: string): Promise<Hits> {
  return await context.store.search.everywhere({ query });
}
