/**
 * Opens a store by its URL: `sqlite:./data/hookline.db`, `sqlite::memory:` or `postgres://…`. Everything else
 * that a store needs is passed in here.
 */
import { AppError } from "../core/error.ts";
import { openPostgres } from "./postgres/open.ts";
import { openSqlite } from "./sqlite/open.ts";
import type { Store } from "./store.ts";
import type { StoreOptions } from "./options.ts";

/**
 * Rejects with `store_unavailable` and a sentence when the store belongs to another program or is not
 * durable.
 */
export async function openStore(url: string, options: StoreOptions): Promise<Store> {
  if (url.startsWith("sqlite:")) return await openSqlite(url.slice("sqlite:".length), options);
  if (/^postgres(ql)?:/.test(url)) return await openPostgres(url, options);
  const scheme = url.split(":")[0] ?? "";
  throw new AppError(
    "store_unavailable",
    `A store URL begins with "sqlite:" or "postgres://"; this one begins with "${scheme}:".`,
  );
}
