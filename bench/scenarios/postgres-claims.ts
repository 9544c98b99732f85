/**
 * (k) polling for due work, claiming, and taking over shards on PostgreSQL. One dead endpoint has millions of
 * due deliveries, and there is a month of finished ones.
 */
import { openStore } from "../../src/store/open.ts";
import type { LeasedDelivery } from "../../src/store/queue/leased-delivery.ts";
import type { Store } from "../../src/store/store.ts";
import { SHARD_COUNT } from "../../src/store/interface/shards.ts";
import { monotonicMs } from "../clock.ts";
import { startCluster } from "../cluster.ts";
import { quantile } from "../pairs.ts";
import { describePostgres, openPostgres, type Database } from "../postgres.ts";
import { makeTemplate, seedRows } from "../postgres-seed.ts";
import { milliseconds, whole, type Row } from "../report.ts";
import type { Rig } from "../rig.ts";

const WANTED_MS = 5;
const TOP = 30;
const OWNER = "bench";
const LEASE_MS = 3_600_000;
const DAY_MS = 86_400_000;
const HISTORY_DAYS = 30;
const FINISHED_PER_DAY = 1_000;
/** Deliveries behind a dead endpoint are from the last 72 hours. */
const DUE_DAYS = 3;
const DUE_PER_ENDPOINT = 50;
const ROUNDS_PER_MEASURE = 200;
const OPTIONS = {
  accept: {
    decide: { optOutMatch: "word", stopKeywords: [], unstopKeywords: [], largeTextBytes: 10_000 },
  },
  postgres: { listenUrl: null },
  onFatal(error: Error): never {
    throw error;
  },
} as const;

export async function measureClaims(rig: Rig): Promise<readonly Row[]> {
  await using postgres = await openPostgres(rig);
  const database = await postgres.makeDatabase();
  const cluster = await startCluster(rig, "claims", { settings: database.settings });
  const template = await makeTemplate(rig, cluster, database);
  await cluster.stop();
  const count = rig.amounts.deadDeliveries;
  console.log(`seeding ${whole(count)} due deliveries of one endpoint …`);
  await postgres.restart("seeding");
  const [dead, ...others] = await loadEndpoints(database);
  if (dead === undefined) throw new Error("there are no endpoints");
  await seed(database, { template, dead, others, count });
  await postgres.restart("measuring");
  await using store = await openStore(database.url, OPTIONS);
  await store.shards.hold({ owner: OWNER, atMost: SHARD_COUNT, leaseMs: LEASE_MS });
  const behind = `${whole(count)} due behind one dead endpoint`;
  const toRow = (what: string, took: readonly number[]): Row => {
    const median = quantile(took, 0.5);
    return {
      what: `(k) ${what}, ${behind}`,
      figure: `${milliseconds(median)} at the median, ${milliseconds(quantile(took, 0))} at the least, ${milliseconds(quantile(took, 0.95))} at p95`,
      wanted: `≤ ${WANTED_MS} ms`,
      reached: median <= WANTED_MS,
    };
  };
  const unwanted = ({ wanted: _, reached: __, ...row }: Row): Row => row;
  const one = others.slice(0, 1);
  await postgres.resetCounts();
  const rows = [
    describePostgres(postgres),
    toRow("a claim of another endpoint, 10 deliveries", await timeClaims(store, one, 10)),
    unwanted(
      toRow(
        `a claim of ${others.length} others, one delivery each`,
        await timeClaims(store, others, 1),
      ),
    ),
    toRow("the probe of the dead endpoint", await timeClaims(store, [dead], 1)),
    toRow("finding due endpoints", await timePolls(store)),
    unwanted(toRow("taking its shards over (recover)", await timeRecovery(store))),
    toRow(
      "a claim of 64 of that endpoint, once its breaker is closed",
      await timeHealed(store, database, dead),
    ),
  ];
  if (rig.profile) console.log((await database.topStatements(TOP, "time")).join("\n"));
  return rows;
}

type Endpoint = { readonly seq: number; readonly id: string; readonly shard: number };

async function loadEndpoints(database: Database): Promise<readonly Endpoint[]> {
  const rows = await database.sql("SELECT seq::int, id, shard FROM endpoint ORDER BY seq DESC");
  return rows as Endpoint[];
}

async function seed(
  database: Database,
  p: { template: number; dead: Endpoint; others: readonly Endpoint[]; count: number },
): Promise<void> {
  const now = Date.now();
  const { template, dead, others } = p;
  const finished = HISTORY_DAYS * FINISHED_PER_DAY;
  const before = now - DUE_DAYS * DAY_MS;
  const given = { database, template };
  await seedRows({
    ...given,
    count: finished,
    oldestAt: now - HISTORY_DAYS * DAY_MS,
    newestAt: before,
  });
  await seedRows({
    ...given,
    count: p.count,
    oldestAt: before + DAY_MS,
    newestAt: now - 3_600_000,
    from: finished,
    pendingAt: [dead.seq],
  });
  await seedRows({
    ...given,
    count: others.length * DUE_PER_ENDPOINT,
    oldestAt: now - 1_800_000,
    newestAt: now - 60_000,
    from: finished + p.count,
    pendingAt: others.map(({ seq }) => seq),
  });
  await database.sql(
    `INSERT INTO endpoint_state (endpoint_seq, health, breaker, breaker_changed_at, probe_at,
       probe_step, probe_failed_at) VALUES ($1, '{}', 'open', $2, $2, 1, $2)`,
    [dead.seq, now - 60_000],
  );
  await database.sql(
    `INSERT INTO endpoint_queue (endpoint_seq, shard, next_due_at)
     SELECT seq, shard, $1 FROM endpoint ON CONFLICT (endpoint_seq) DO NOTHING`,
    [now - 60_000],
  );
  await database.sql("VACUUM ANALYZE");
}

async function timed<T>(work: () => Promise<T>): Promise<{ value: T; tookMs: number }> {
  const startedAt = monotonicMs();
  const value = await work();
  return { value, tookMs: monotonicMs() - startedAt };
}

/** The claimed deliveries are released, so that each claim finds the same. */
async function timeClaims(
  store: Store,
  endpoints: readonly Endpoint[],
  room: number,
): Promise<readonly number[]> {
  const asked = endpoints.map(({ id }) => ({ endpointId: id, room }));
  const took: number[] = [];
  for (let round = -WARM_ROUNDS; round < ROUNDS_PER_MEASURE; round++) {
    const { value, tookMs } = await timed(() =>
      store.queue.claim({ owner: OWNER, now: Date.now(), endpoints: asked }),
    );
    if (value.leased.length !== asked.length * room) {
      throw new Error(`${value.leased.length} deliveries were claimed of ${asked.length * room}`);
    }
    await giveBack(store, value.leased);
    if (round >= 0) took.push(tookMs);
  }
  return took;
}

const WARM_ROUNDS = 100;

async function giveBack(store: Store, deliveries: readonly LeasedDelivery[]): Promise<void> {
  await store.queue.release({ deliveries, dueAt: null });
}

async function timePolls(store: Store): Promise<readonly number[]> {
  const took: number[] = [];
  for (let round = 0; round < ROUNDS_PER_MEASURE; round++) {
    const given = { owner: OWNER, now: Date.now(), limit: 256, except: [] };
    took.push((await timed(() => store.queue.dueEndpoints(given))).tookMs);
  }
  return took;
}

async function timeRecovery(store: Store): Promise<readonly number[]> {
  const took: number[] = [];
  for (let round = 0; round < ROUNDS_PER_MEASURE; round++) {
    took.push((await timed(() => store.shards.recover({ owner: OWNER }))).tookMs);
  }
  return took;
}

async function timeHealed(
  store: Store,
  database: Database,
  dead: Endpoint,
): Promise<readonly number[]> {
  await database.sql("DELETE FROM endpoint_state WHERE endpoint_seq = $1", [dead.seq]);
  return await timeClaims(store, [dead], 64);
}
