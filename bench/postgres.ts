/**
 * The bench's PostgreSQL server, on the measured disk and configured as `docs/scaling.md` says. It counts
 * statements, log, lock waits, bytes and CPU time. Queries of the bench are excluded from the counts.
 */
import { chmodSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { OWNER, startPostgres, SUPERUSER, type PostgresServer } from "../test/postgres/server.ts";
import { monotonicMs } from "./clock.ts";
import type { Row } from "./report.ts";
import type { Rig } from "./rig.ts";
import { readCpu } from "./server.ts";
import { slowDisk } from "./slow-disk.ts";

/** The use of the server's resources up to an instant. */
export type Usage = {
  readonly at: number;
  /** Statements without begin, commit and set; NaN when the server cannot count them. */
  readonly statements: number;
  readonly transactions: number;
  readonly walBytes: number;
  readonly diskBytes: number;
  readonly cpuMs: number;
};

export type Database = {
  readonly name: string;
  /** The settings of a node whose store is on this server. */
  readonly settings: Readonly<Record<string, string>>;
  readonly url: string;
  sql(text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
  usage(): Promise<Usage>;
  /** The most frequent or the slowest statements of this database since the last reset. */
  topStatements(limit: number, by: "calls" | "time"): Promise<readonly string[]>;
  /** Samples until it is stopped. Returns the mean number of sessions that wait for a lock. */
  watchLocks(): { stop(): Promise<number> };
};

export type Postgres = AsyncDisposable & {
  readonly version: string;
  readonly countsStatements: boolean;
  makeDatabase(): Promise<Database>;
  /** Resets the counts of statements. */
  resetCounts(): Promise<void>;
  /** The mode `seeding` writes new tables without a log; the other one is the measured configuration. */
  restart(mode: "seeding" | "measuring"): Promise<void>;
};

/** The configuration for a machine with a few GB of memory. Other settings have their defaults. */
const SETTINGS = {
  shared_buffers: "1GB",
  max_wal_size: "4GB",
  checkpoint_timeout: "15min",
  wal_compression: "on",
  dynamic_shared_memory_type: "posix",
  track_io_timing: "off",
} as const;
const COUNTING = {
  shared_preload_libraries: "pg_stat_statements",
  "pg_stat_statements.track_utility": "on",
} as const;
const MODES = {
  seeding: {
    wal_level: "minimal",
    max_wal_senders: "0",
    maintenance_work_mem: "512MB",
    autovacuum: "off",
  },
  measuring: {
    wal_level: "replica",
    max_wal_senders: "10",
    maintenance_work_mem: "256MB",
    autovacuum: "on",
  },
} as const;
/** The secret key of every node of the bench, which a shared store requires. */
export const SECRET_KEY = Buffer.alloc(32, 7).toString("base64");
const LOCK_POLL_MS = 5;

export async function openPostgres(
  rig: Rig,
  /** Delays every fsync of the server by `fsyncMs`; needs strace. */
  { fsyncMs }: { readonly fsyncMs?: number } = {},
): Promise<Postgres> {
  // When the bench runs as root, the server's processes have another account, which must be able to reach
  // their folder.
  chmodSync(rig.folder, 0o711);
  const server = await startPostgres({
    parent: rig.folder,
    settings: SETTINGS,
    ...(fsyncMs === undefined ? {} : { launcher: slowDisk(fsyncMs) }),
  });
  const admin = (): Promise<Client> => connect(server.url("postgres"));
  const open: Client[] = [];
  let made = 0;
  let client = await admin();
  const one = async (text: string) => Object.values((await client.query(text)).rows[0] ?? {})[0];
  const version = String(await one("SHOW server_version"));
  const countsStatements =
    (await one("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_stat_statements'")) === 1;
  if (countsStatements) {
    await client.end();
    await server.restart(COUNTING);
    client = await admin();
    await client.query("CREATE EXTENSION pg_stat_statements");
  }
  return {
    version,
    countsStatements,
    async makeDatabase() {
      const name = `bench_${++made}`;
      await client.query(`CREATE DATABASE ${name} OWNER ${OWNER}`);
      return createDatabase(server, { name, countsStatements, counter: () => client, open });
    },
    async resetCounts() {
      if (countsStatements) await client.query("SELECT pg_stat_statements_reset()");
    },
    async restart(mode) {
      for (const one of open.splice(0)) await one.end();
      await client.end();
      await server.restart(MODES[mode]);
      client = await admin();
    },
    async [Symbol.asyncDispose]() {
      for (const one of open) await one.end();
      await client.end();
      await server[Symbol.asyncDispose]();
      rmSync(server.folder, { recursive: true, force: true });
    },
  };
}

/** The origin of the figures, for the report. */
export function describePostgres({ version, countsStatements }: Postgres): Row {
  const counted = countsStatements
    ? "pg_stat_statements"
    : "without pg_stat_statements, so statements are not counted";
  const set = ["shared_buffers", "max_wal_size", "checkpoint_timeout", "wal_compression"] as const;
  return {
    what: `PostgreSQL ${version}`,
    figure: `${set.map((name) => `${name} ${SETTINGS[name]}`).join(", ")}; ${counted}`,
  };
}

function createDatabase(
  server: PostgresServer,
  p: { name: string; countsStatements: boolean; counter: () => Client; open: Client[] },
): Database {
  const { name, countsStatements, counter } = p;
  const url = server.url(name, { user: OWNER });
  let own: Client | null = null;
  const number = async (text: string, values: unknown[] = []): Promise<number> =>
    Number(Object.values((await counter().query(text, values)).rows[0] as object)[0]);
  const calls = async (which: string): Promise<number> =>
    countsStatements
      ? await number(`SELECT coalesce(sum(calls), 0) ${STATEMENTS} AND ${which}`, [name, OWNER])
      : Number.NaN;
  return {
    name,
    url,
    settings: { HOOKLINE_STORE: url, HOOKLINE_SECRET_KEY: SECRET_KEY },
    async sql(text, values = []) {
      if (own === null || !p.open.includes(own))
        p.open.push((own = await connect(server.url(name))));
      const { rows } = await own.query<Record<string, unknown>>(text, values as unknown[]);
      return rows;
    },
    async usage() {
      return {
        at: monotonicMs(),
        statements: await calls(`NOT (${IS_FRAME})`),
        transactions: await calls("query ILIKE 'BEGIN%'"),
        walBytes: await number("SELECT pg_current_wal_insert_lsn() - '0/0'"),
        diskBytes: await number("SELECT pg_database_size($1)", [name]),
        cpuMs: cpuOfTree(server.pid()),
      };
    },
    async topStatements(limit, by) {
      if (!countsStatements) return [];
      const { rows } = await counter().query<{ calls: string; took: string; query: string }>(
        `SELECT calls, round(total_exec_time::numeric, 1) AS took, query ${STATEMENTS}
         ORDER BY ${by === "calls" ? "calls" : "total_exec_time"} DESC LIMIT $3`,
        [name, OWNER, limit],
      );
      return rows.map((row) => {
        const query = row.query.replaceAll(/\s+/g, " ").slice(0, 110);
        return `${row.calls.padStart(8)} calls ${row.took.padStart(9)} ms  ${query}`;
      });
    },
    watchLocks: () => watchLocks(server.url("postgres"), name),
  };
}

const STATEMENTS = `FROM pg_stat_statements
  WHERE dbid = (SELECT oid FROM pg_database WHERE datname = $1)
    AND userid = (SELECT oid FROM pg_roles WHERE rolname = $2)`;
/** The statements that open, configure and close a transaction. The opening ones are one round trip. */
const IS_FRAME = "query ~* '^\\s*(BEGIN|COMMIT|ROLLBACK|SET)\\y'";

function watchLocks(url: string, name: string): { stop(): Promise<number> } {
  const over = new AbortController();
  async function watch(): Promise<number> {
    const client = await connect(url);
    let polls = 0;
    let waiting = 0;
    while (!over.signal.aborted) {
      const { rows } = await client.query<{ waiting: string }>({
        name: "locks",
        text: `SELECT count(*) AS waiting FROM pg_stat_activity
          WHERE datname = $1 AND wait_event_type = 'Lock'`,
        values: [name],
      });
      polls += 1;
      waiting += Number(rows[0]?.waiting);
      await sleep(LOCK_POLL_MS);
    }
    await client.end();
    return waiting / Math.max(1, polls);
  }
  const watching = watch();
  return {
    async stop() {
      over.abort();
      return await watching;
    },
  };
}

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url, user: SUPERUSER });
  // The server restarts while no client is active.
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

const MS_PER_TICK = 10;

/** The CPU time of the server's first process and all its children, including those that have exited. */
function cpuOfTree(pid: number): number {
  let sum = readCpu(pid) + readEndedChildren(pid);
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const fields = readStat(Number(entry));
    if (fields !== null && Number(fields[1]) === pid) {
      sum += (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
    }
  }
  return sum;
}

function readEndedChildren(pid: number): number {
  const fields = readStat(pid);
  return (Number(fields?.[13]) + Number(fields?.[14])) * MS_PER_TICK;
}

/** The fields from the third on; null when the process has exited meanwhile. */
function readStat(pid: number): readonly string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return null;
  }
}
