/**
 * Opens the PostgreSQL store: checks whether the server can keep the promises, brings the schema up to date,
 * and builds the context for the functions of `writes.ts` and `reads.ts`.
 */
import { READ_DEADLINE_MS, toWriteOptions, type StoreOptions } from "../options.ts";
import type { Store } from "../store.ts";
import { createOperationalEventLimiter } from "../accept/operational-event-limiter.ts";
import { createAppCache } from "./accept/app-cache.ts";
import { createBacklog } from "./queue/backlog.ts";
import { checkServer } from "./server/check-server.ts";
import { toConnection, createPool } from "./connection.ts";
import { createIdGenerator, type IdGenerator } from "./accept/id-generator.ts";
import { createLogReceiver } from "./accept/log-receiver.ts";
import { settleFeedOffset } from "./accept/feed-position.ts";
import { createLeasedCounts } from "../queue/leased-counts.ts";
import { migrate, refuseOtherSchema } from "./migrations.ts";
import type { Node } from "./cluster/node.ts";
import { createPendingBytes } from "./accept/pending-bytes.ts";
import { createLocalShards } from "./cluster/local-shards.ts";
import { createPartitions } from "./maintenance/partitions.ts";
import { createRowNumbers } from "./accept/row-numbers.ts";
import { createRunner } from "./cluster/runner.ts";
import { readHorizon } from "./maintenance/retention.ts";
import { keepConnections } from "./server/kept-connections.ts";
import { checkSession } from "./server/session-settings.ts";
import { createStore } from "./store.ts";
import { readTransaction, writeTransaction, type Database } from "./transaction.ts";
import { refuseUnfinishedCopy } from "./server/unfinished-copy.ts";
import { createFanOut } from "./cluster/fan-out.ts";

const DEFAULT_POOL_SIZE = 8;
const CONNECT_TIMEOUT_MS = 5_000;

export async function openPostgres(url: string, options: StoreOptions): Promise<Store> {
  const { listenUrl = url, poolSize = DEFAULT_POOL_SIZE, prepare = true } = options.postgres ?? {};
  const isReadOnly = options.readOnly === true;
  const pool = createPool({
    url,
    size: poolSize,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    ...(isReadOnly ? {} : { verify: checkSession }),
  });
  const database: Database = { pool, preparing: { enabled: prepare } };
  try {
    await checkServer(pool, { url, readOnly: isReadOnly });
    await keepConnections(pool);
    const idGenerator = isReadOnly ? null : await prepareToWrite(database);
    const horizon = await readTransaction(database, { deadlineMs: READ_DEADLINE_MS }, async (c) => {
      if (isReadOnly) await refuseOtherSchema(c);
      // The second check: a copy may have begun before this node had its number.
      await refuseUnfinishedCopy(c);
      return await readHorizon(c);
    });
    const node = createNode(database, options, {
      idGenerator: idGenerator as IdGenerator,
      horizon,
    });
    pool.on("connect", (client) => void client.on("error", node.apps.forgetEndpoints));
    const fanOut = createFanOut({
      pool,
      preparing: database.preparing,
      listenUrl: isReadOnly ? null : listenUrl,
      node: () => node,
    });
    const runner = createRunner({
      database,
      node: { ...node, isListening: fanOut.isListening },
      fanOut,
      isReadOnly,
    });
    return createStore({
      runner,
      fanOut,
      limits: toWriteOptions(options).limits,
      async close() {
        await fanOut.close();
        // Without the database, only the rest of the node's numbers is lost.
        if (idGenerator !== null) await releaseNumber(database, idGenerator).catch(() => undefined);
        await pool.end();
      },
    });
  } catch (error) {
    await pool.end();
    throw error;
  }
}

async function prepareToWrite(database: Database): Promise<IdGenerator> {
  await migrate(database);
  await writeTransaction(database, async (connection) => {
    await refuseUnfinishedCopy(connection);
    await settleFeedOffset(connection);
  });
  return await createIdGenerator(database);
}

async function releaseNumber(
  { pool, preparing }: Database,
  idGenerator: IdGenerator,
): Promise<void> {
  const client = await pool.connect();
  try {
    await idGenerator.close(toConnection(client, preparing));
  } finally {
    client.release();
  }
}

function createNode(
  database: Database,
  options: StoreOptions,
  given: { idGenerator: IdGenerator; horizon: number },
): Omit<Node, "isListening"> {
  let { horizon } = given;
  const { decide, leaseRoom, limits, failpoint } = toWriteOptions(options);
  return {
    apps: createAppCache(),
    shards: createLocalShards(),
    leaseCounts: createLeasedCounts(),
    backlog: createBacklog(limits.pendingDeliveries),
    pendingBytes: createPendingBytes(),
    operationalEvents: createOperationalEventLimiter(),
    logReceiver: createLogReceiver(),
    idGenerator: given.idGenerator,
    numbers: createRowNumbers(),
    partitions: createPartitions(database),
    limits,
    decideSettings: decide,
    leaseRoom,
    failpoint,
    horizon: () => horizon,
    setHorizon(instant) {
      horizon = Math.max(horizon, instant);
    },
    testClock: options.leaseClock ?? null,
  };
}
