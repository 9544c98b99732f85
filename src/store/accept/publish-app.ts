/** The applications that publishes create (Svix `application`). */
import type { Publish } from "../interface/accept.ts";
import type { Steps, WriteSession } from "../session.ts";
import { insertApp } from "../tenancy/apps.ts";
import type { Decided } from "./publish.ts";

/** By the index of the publish that created the application. */
export type MadeApps = ReadonlyMap<number, { readonly seq: number; readonly id: string }>;

const NONE: MadeApps = new Map();

/** The first publish of an unknown application creates it. `isKnown` looks for a live one with this id or uid. */
export function* createApps(
  s: WriteSession,
  publishes: readonly Pick<Publish, "appRef" | "createApp">[],
  isKnown: (appRef: string) => boolean,
): Steps<MadeApps> {
  let made: Map<number, { seq: number; id: string }> | undefined;
  const refs = new Set<string>();
  for (const [index, { appRef, createApp }] of publishes.entries()) {
    if (createApp === null || refs.has(appRef) || isKnown(appRef)) continue;
    refs.add(appRef);
    const seq = yield* insertApp(s, createApp);
    (made ??= new Map()).set(index, { seq, id: createApp.id });
  }
  return made ?? NONE;
}

/**
 * Removes the applications of refused publishes, except those that another publish of the group uses. A
 * database that undoes each refused publish alone does not call this.
 */
export function* removeUnusedApps(
  s: WriteSession,
  made: MadeApps,
  decided: readonly Decided[],
): Steps<void> {
  const used = new Set(decided.flatMap((one) => (one.kind === "accepted" ? one.appId : [])));
  for (const [index, { seq, id }] of made) {
    if (decided[index]?.kind !== "refused" || used.has(id)) continue;
    yield* s.run("DELETE FROM app WHERE seq = ?1", [seq]);
  }
}
