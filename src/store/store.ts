/**
 * The store: the one durable truth (I3). Two implementations, `sqlite/` and `postgres/`, pass one
 * contract suite (`contract/`). It knows neither the wall clock nor the dialects: every instant of
 * the domain is passed in, and `decide` is called inside its accept transaction. Only the expiry of
 * leases is judged by a clock of the store's own.
 *
 * What holds for every method: a promise that resolves for a change means the change is durable;
 * one that rejects with `store_unavailable` means nothing was changed, or that the commit itself failed
 * half way: then SQLite's program stops (I1), and on PostgreSQL the caller finds out by trying again
 * with the same key. Not-found is a value, never an exception.
 */
import type { AcceptStore } from "./accept.ts";
import type { AppStore, EventTypeStore, KeyStore, LineStore } from "./tenancy.ts";
import type { EndpointStore } from "./endpoints.ts";
import type { HistoryStore } from "./history.ts";
import type { JobStore } from "./jobs.ts";
import type { MessageStore } from "./messages.ts";
import type { QueueStore } from "./queue.ts";
import type { EncryptionStore } from "./encryption.ts";
import type { ShardStore } from "./shards.ts";
import type { UpkeepStore } from "./upkeep.ts";

export interface Store extends AsyncDisposable {
  readonly kind: "sqlite" | "postgres";
  readonly apps: AppStore;
  readonly eventTypes: EventTypeStore;
  readonly keys: KeyStore;
  readonly lines: LineStore;
  readonly endpoints: EndpointStore;
  readonly messages: MessageStore;
  readonly accept: AcceptStore;
  readonly queue: QueueStore;
  readonly shards: ShardStore;
  readonly history: HistoryStore;
  readonly jobs: JobStore;
  readonly encryption: EncryptionStore;
  readonly upkeep: UpkeepStore;
  /** Commits a small write. Rejects with `store_unavailable` when the store cannot be written. */
  ping(): Promise<void>;
}
