/**
 * The `Store` on the main thread: every method calls the writer or a reader by its name in `writes.ts` or
 * `reads.ts`. No SQL runs here. A method that is added to one of the lists is available at once.
 */
import type { QueueStore } from "../interface/queue.ts";
import type { FanOutStore } from "../interface/fan-outs.ts";
import type { App } from "../interface/tenancy.ts";
import type { ShardStore } from "../interface/shards.ts";
import { withListeners } from "../jobs/created.ts";
import { createReadTurns, toReadKind, type ReadKind } from "../history/read-turns.ts";
import { toMethods, type Noun } from "../nouns.ts";
import { readOnlyStore } from "../refusals.ts";
import type { Store } from "../store.ts";
import type { PublishReply } from "./accept/accept.ts";
import { createChangeAcknowledgements } from "./queue/change-acknowledgements.ts";
import { READS } from "./thread/reads.ts";
import type { ReaderPool } from "./thread/reader-pool.ts";
import type { WriterClient } from "./thread/writer-client.ts";
import { toLeased } from "./thread/writer-port.ts";
import { WRITES } from "./thread/writes.ts";

const LISTS = { ...WRITES, ...READS };

/** Every change is made by this process and reported to it, so polling is only a safeguard. */
const POLL_INTERVAL_MS = 30_000;

/** Threads that the queries of a kind may occupy. */
export const READER_THREADS: Readonly<Record<ReadKind, number>> = { first: 1, lookup: 1, list: 2 };

/** Each list has one of the threads for lists. A lookup is quick, so a few share their thread. */
const READS_AT_ONCE = { lookup: 16, list: READER_THREADS.list };

/** `writer` null: queries only. `readers` null: the writer answers queries too. */
export function createStore(p: { writer: WriterClient | null; readers: ReaderPool | null }): Store {
  const { writer, readers } = p;
  const turns = createReadTurns(READS_AT_ONCE);
  const leaseClock = writer?.leaseClock ?? (() => 0);
  const changes = createChangeAcknowledgements(leaseClock);
  writer?.onChanged(changes.changed);

  async function write(name: string, params: unknown): Promise<unknown> {
    if (writer === null) throw readOnlyStore();
    return await writer.call(name, params);
  }

  async function query(name: string, params: unknown): Promise<unknown> {
    if (readers === null) return await write(name, params);
    return await readers.call(toReadKind(name), name, params);
  }

  async function findAppId(ref: string): Promise<string | null> {
    const app = (await query("apps.get", { ref })) as App | null;
    return app?.id ?? null;
  }

  async function read(name: string, params: unknown): Promise<unknown> {
    return await turns.run(name, params, { findAppId, read: () => query(name, params) });
  }

  function noun<Name extends string>(name: Name): Noun<typeof LISTS, Name> {
    return toMethods(LISTS, name, (call, params) =>
      call in WRITES ? write(call, params) : read(call, params),
    );
  }

  const queue = noun("queue");
  const shards = noun("shards");
  const fanOutListeners: (() => void)[] = [];
  return {
    kind: "sqlite",
    apps: noun("apps"),
    eventTypes: noun("eventTypes"),
    keys: noun("keys"),
    lines: noun("lines"),
    portal: noun("portal"),
    operatorKeys: noun("operatorKeys"),
    dashboard: noun("dashboard"),
    audit: noun("audit"),
    endpoints: { ...noun("endpoints"), acknowledged: changes.acknowledged },
    messages: noun("messages"),
    texts: noun("texts"),
    accept: {
      async publish(publish) {
        const { result } = (await write("accept.publish", publish)) as PublishReply;
        const isLeft = result.kind === "accepted" && result.fanningOut !== undefined;
        if (isLeft) for (const onCreated of fanOutListeners) onCreated();
        return result;
      },
    },
    queue: {
      ...queue,
      pollIntervalMs: () => POLL_INTERVAL_MS,
      batchDelayMs: () => 0,
      listen: ({ owner, onLeased }) => writer?.listen(owner, onLeased),
      async claim(params) {
        const { leased, more } = await queue.claim(params);
        return { leased: toLeased(leased), more };
      },
    } satisfies QueueStore,
    shards: {
      ...shards,
      async hold(params) {
        // Measured before the call, so that this side never trusts a lease for longer than the store.
        const leaseUntil = leaseClock() + params.leaseMs;
        const held = await shards.hold(params);
        changes.held({ owner: params.owner, leaseUntil, shards: held });
        return held;
      },
      async release(params) {
        await shards.release(params);
        changes.released(params.owner);
      },
      async acknowledge(params) {
        changes.acknowledge(params);
      },
      onChanged: ({ owner, listener }) => changes.listen(owner, listener),
      // SQLite has no other nodes.
      onFreed: () => undefined,
    } satisfies ShardStore,
    history: noun("history"),
    failures: noun("failures"),
    pollers: noun("pollers"),
    encryption: noun("encryption"),
    series: noun("series"),
    jobs: withListeners(noun("jobs")),
    fanOuts: {
      ...noun("fanOuts"),
      listen: ({ onCreated }) => fanOutListeners.push(onCreated),
    } satisfies FanOutStore,
    search: noun("search"),
    // SQLite has no other nodes.
    live: {
      reach: "alone",
      watch: async () => ({ watch: false }),
      notify: async () => undefined,
      listen: () => undefined,
    },
    upkeep: noun("upkeep"),
    openWriterPort: () => writer?.openPort() ?? null,
    async ping() {
      await write("store.ping", {});
    },
    async [Symbol.asyncDispose]() {
      await readers?.close();
      await writer?.close();
    },
  };
}
