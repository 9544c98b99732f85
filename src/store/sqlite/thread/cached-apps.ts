/** Rows of live apps that the writer has read, by each id or uid that named them. */
import type { AcceptApp } from "../../accept/accept-state.ts";
import { isTrue } from "../../session.ts";
import { findApp, readAccount } from "../../tenancy/app-row.ts";
import { toOwnLimits } from "../../tenancy/own-limits.ts";
import type { Connection } from "../connection.ts";
import { readSession, runNow } from "../session.ts";

export type CachedApps = {
  /** The live app with this id or uid. */
  find(ref: string): AcceptApp | null;
  forget(appSeq: number): void;
  clear(): void;
};

/** At this number the cache is cleared. It bounds memory, not the number of apps. */
const APP_LIMIT = 20_000;

export function createCachedApps(connection: Connection): CachedApps {
  const apps = new Map<string, AcceptApp>();

  return {
    find(ref) {
      const known = apps.get(ref);
      if (known !== undefined) return known;
      const row = runNow(findApp(readSession(connection), ref));
      if (row === null) return null;
      const { seq, id } = row;
      const found = {
        seq,
        id,
        account: readAccount(row),
        ownLimits: toOwnLimits(row.ownLimits),
        hasErasedOptOuts: isTrue(row.hasErasedOptOuts),
      };
      if (apps.size >= APP_LIMIT) apps.clear();
      apps.set(ref, found);
      return found;
    },
    forget(appSeq) {
      for (const [ref, cached] of apps) if (cached.seq === appSeq) apps.delete(ref);
    },
    clear: () => apps.clear(),
  };
}
