/** Reads pollers. */
import { AppError } from "../../core/error.ts";
import type { Poller } from "../../store/interface/pollers.ts";
import type { Page, PageRequest } from "../../store/page.ts";
import type { OperationContext } from "../context.ts";
import { unknownApp } from "../keys/authenticate-caller.ts";

export type PollerRef = {
  readonly appRef: string;
  /** An id or a uid. */
  readonly ref: string;
};

/** Null when the app has no such poller, or is unknown. */
export async function findPoller(context: OperationContext, p: PollerRef): Promise<Poller | null> {
  return await context.store.pollers.get({ appRef: p.appRef, ref: p.ref });
}

/** Refuses with `not_found`. */
export async function getPoller(context: OperationContext, p: PollerRef): Promise<Poller> {
  const poller = await findPoller(context, p);
  if (poller === null) throw unknownPoller(p.ref);
  return poller;
}

/** Refuses with `not_found` an unknown app. */
export async function listPollers(
  context: OperationContext,
  p: PageRequest & { readonly appRef: string },
): Promise<Page<Poller>> {
  const page = await context.store.pollers.list(p);
  if (page === null) throw unknownApp(p.appRef);
  return page;
}

export function unknownPoller(ref: string): AppError {
  return new AppError(
    "not_found",
    `There is no destination "${ref.slice(0, 256)}" in this application.`,
  );
}
