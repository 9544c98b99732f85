/** Reads texts: a list, and one with its events. */
import { AppError } from "../../core/error.ts";
import type { TextFilter, TextPage, TextStory } from "../../store/interface/texts.ts";
import type { PageRequest } from "../../store/page.ts";
import type { OperationContext } from "../context.ts";
import { unknownApp } from "../keys/authenticate-caller.ts";

/** Lists texts, newest first. Refuses with `not_found` an unknown app. */
export async function listTexts(
  context: OperationContext,
  p: { readonly appRef: string; readonly window: PageRequest; readonly filter: TextFilter },
): Promise<TextPage> {
  const page = await context.store.texts.list({ ...p, now: context.now() });
  if (page === null) throw unknownApp(p.appRef);
  return page;
}

/** Refuses with `not_found`, which says how far the history was searched for an id without an index. */
export async function readText(
  context: OperationContext,
  p: { readonly appRef: string; readonly ref: string; readonly after: string | null },
): Promise<TextStory> {
  const found = await context.store.texts.find({ ...p, now: context.now() });
  if (found !== null && "text" in found) return found;
  const unknown = `There is no text "${p.ref.slice(0, 256)}" in this application`;
  throw new AppError(
    "not_found",
    found === null
      ? `${unknown}.`
      : `${unknown} after ${new Date(found.searchedTo).toISOString()}. Earlier texts are found by the id of an event or by Zipwhip's id.`,
  );
}
