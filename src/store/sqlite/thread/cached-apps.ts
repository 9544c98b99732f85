/** Rows of live apps that the writer has read, by each id or uid that named them. */
import type { OwnLimits } from "../../../core/limits.ts";
import type { Account } from "../../../core/snapshot.ts";
import { toOwnLimits } from "../../tenancy/own-limits.ts";
import type { Connection } from "../connection.ts";

export type CachedApp = {
  readonly seq: number;
  readonly id: string;
  readonly uid: string | null;
  readonly test: boolean;
  readonly account: Account;
  readonly ownLimits: OwnLimits;
};

export type CachedApps = {
  /** The live app with this id or uid. */
  find(ref: string): CachedApp | null;
  forget(appSeq: number): void;
  clear(): void;
};

/** At this number the cache is cleared. It bounds memory, not the number of apps. */
const APP_LIMIT = 20_000;

/** `metadata` is a flat object of strings, so its only `accountEmail` is the app's own. */
const APP_COLUMNS =
  "seq, id, uid, test, name, ownLimits, metadata ->> '$.accountEmail' AS accountEmail";

export function createCachedApps({ sql }: Connection): CachedApps {
  const apps = new Map<string, CachedApp>();

  return {
    find(ref) {
      const known = apps.get(ref);
      if (known !== undefined) return known;
      // Two searches, one in the unique index of ids and one in that of live uids.
      const row =
        sql(`SELECT ${APP_COLUMNS} FROM app WHERE id = ? AND deletedAt IS NULL`).get(ref) ??
        sql(`SELECT ${APP_COLUMNS} FROM app WHERE uid = ? AND deletedAt IS NULL`).get(ref);
      if (row === undefined) return null;
      const found = {
        seq: row["seq"] as number,
        id: row["id"] as string,
        uid: row["uid"] as string | null,
        test: row["test"] === 1,
        ownLimits: toOwnLimits(row["ownLimits"] as string | null),
        account: {
          name: row["name"] as string,
          email: (row["accountEmail"] as string | null) ?? null,
        },
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
