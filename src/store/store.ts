/**
 * The store: the only durable state (I3). Two implementations, `sqlite/` and `postgres/`, pass one contract
 * suite (`test/contract/`). It knows neither the wall clock nor the dialects: every instant of the domain is
 * a parameter, and `decide` is called inside its accept transaction. Only leases expire by the store's own
 * clock.
 *
 * For every method: a promise that resolves for a change means that the change is durable. One that rejects
 * with `store_unavailable` means that nothing was changed, or that the commit itself failed half way. In that
 * case SQLite's program stops (I1), and on PostgreSQL the caller repeats the call with the same key. An
 * unknown id is a return value, never an exception.
 */
import type { AcceptStore } from "./interface/accept.ts";
import type { AppStore, EventTypeStore, KeyStore, LineStore } from "./interface/tenancy.ts";
import type { AuditStore } from "./interface/audit.ts";
import type { DashboardStore } from "./interface/dashboard.ts";
import type { EndpointStore } from "./interface/endpoints.ts";
import type { HistoryStore } from "./interface/history.ts";
import type { FanOutStore } from "./interface/fan-outs.ts";
import type { JobStore } from "./interface/jobs.ts";
import type { LiveStore } from "./interface/live.ts";
import type { MessageStore } from "./interface/messages.ts";
import type { OperatorKeyStore } from "./interface/operator-keys.ts";
import type { PortalStore } from "./interface/portal.ts";
import type { PollerStore } from "./interface/pollers.ts";
import type { QueueStore } from "./interface/queue.ts";
import type { EncryptionStore } from "./interface/encryption.ts";
import type { FailureStore } from "./interface/failures.ts";
import type { TextStore } from "./interface/texts.ts";
import type { SeriesStore } from "./interface/series.ts";
import type { SearchStore } from "./interface/search.ts";
import type { ShardStore } from "./interface/shards.ts";
import type { UpkeepStore } from "./interface/upkeep.ts";
import type { WriterPort } from "./sqlite/thread/writer-port.ts";

export interface Store extends AsyncDisposable {
  readonly kind: "sqlite" | "postgres";
  readonly apps: AppStore;
  readonly eventTypes: EventTypeStore;
  readonly keys: KeyStore;
  readonly lines: LineStore;
  readonly portal: PortalStore;
  readonly operatorKeys: OperatorKeyStore;
  readonly dashboard: DashboardStore;
  readonly audit: AuditStore;
  readonly endpoints: EndpointStore;
  readonly messages: MessageStore;
  readonly texts: TextStore;
  readonly accept: AcceptStore;
  readonly queue: QueueStore;
  readonly shards: ShardStore;
  readonly history: HistoryStore;
  readonly failures: FailureStore;
  readonly pollers: PollerStore;
  readonly jobs: JobStore;
  readonly fanOuts: FanOutStore;
  readonly encryption: EncryptionStore;
  readonly series: SeriesStore;
  readonly search: SearchStore;
  readonly live: LiveStore;
  readonly upkeep: UpkeepStore;
  /**
   * A port by which the engine of another thread calls the writer itself. Null where its calls pass through this
   * thread, which has the connections.
   */
  openWriterPort(): WriterPort | null;
  /** Commits a small write. Rejects with `store_unavailable` when the store cannot be written. */
  ping(): Promise<void>;
}
