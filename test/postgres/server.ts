/**
 * A real PostgreSQL server of the tests, created empty and removed with them. Its folder, port and sockets
 * are separate. It is as durable as a production server, because the program refuses any other. Its folder is
 * in memory where there is space.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Client } from "pg";
import { findMemoryFolder } from "../harness/memory-folder.ts";
import { findAccount, giveTo } from "./account.ts";
import { findBinaries } from "./binaries.ts";
import { startGuard } from "./guard.ts";

export type Settings = Readonly<Record<string, string>>;
export type PostgresOptions = {
  /** Configuration that the settings below override. */
  readonly settings?: Settings;
  /** The folder of the programs, instead of the found one. */
  readonly bin?: string;
  /**
   * The parent of the server's folder, which its account must be able to reach. The default is memory when
   * there is space.
   */
  readonly parent?: string;
  /** The words in front of the server's command. The program that they name must run the server as this process. */
  readonly launcher?: readonly string[];
  /** The primary that the new server copies and follows. The package has no `pg_basebackup` for this. */
  readonly primaryServer?: PostgresServer;
};
/** The modes of a stop: wait for sessions, end sessions, skip the checkpoint, or kill. */
export type StopMode = "smart" | "fast" | "immediate" | "kill";
export type Login = { readonly user?: string; readonly password?: string };

export type PostgresServer = AsyncDisposable & {
  readonly port: number;
  readonly folder: string;
  readonly bin: string;
  /** The id of the server's first process while it runs. */
  pid(): number;
  /** The URL of a database; the login is `SUPERUSER` by default. */
  url(database: string, login?: Login): string;
  /** Resolves when the first process has exited. */
  stop(mode?: StopMode): Promise<void>;
  /**
   * Starts the server on the same port. `settings` are added to the previous ones. Rejects when the server
   * refuses them.
   */
  start(settings?: Settings): Promise<void>;
  restart(settings?: Settings): Promise<void>;
  /** Makes the standby a primary. Resolves when it accepts writes. */
  promote(): Promise<void>;
  /** The server's log so far. */
  log(): string;
};

/** The superuser, which connects without a password, like every role without a rule below. */
export const SUPERUSER = "postgres";
/** The owner of the databases, without other rights. It connects without a password too. */
export const OWNER = "hookline";
/** A role that connects with its password alone. */
export const GUARDED: Required<Login> = { user: "guarded", password: "pass+wörd@/9" };

const SETTINGS: Settings = {
  listen_addresses: "127.0.0.1",
  shared_buffers: "64MB",
  max_connections: "100",
  fsync: "on",
  full_page_writes: "on",
  synchronous_commit: "on",
  max_wal_size: "256MB",
  log_min_messages: "warning",
  // The memory is in the server's folder, so that a killed server leaves nothing behind.
  dynamic_shared_memory_type: "mmap",
};
/** The rules of pg_hba.conf for roles and their authentication. */
const ACCESS = `local all all trust
host all ${GUARDED.user} 127.0.0.1/32 scram-sha-256
host all all 127.0.0.1/32 trust
host replication all 127.0.0.1/32 trust
`;
const SIGNALS = {
  smart: "SIGTERM",
  fast: "SIGINT",
  immediate: "SIGQUIT",
  kill: "SIGKILL",
} as const;
/** The space for the backlogs of the tests, their indexes and the log. */
const ROOM_BYTES = 4 * 1024 ** 3;
const STILL_USED = "pre-existing shared memory block";
const DEADLINE_MS = 60_000;
const POLL_MS = 10;

export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const bin = options.bin ?? findBinaries();
  const account = findAccount();
  const folder = mkdtempSync(
    join(options.parent ?? (await findMemoryFolder(ROOM_BYTES)), "hookline-pg-"),
  );
  giveTo(account, folder);
  const guard = startGuard(folder, account);
  const data = join(folder, "data");
  const log = join(folder, "log");
  let settings: Settings = { ...SETTINGS, unix_socket_directories: folder, ...options.settings };
  let child: ChildProcess | null = null;

  function spawnHere(
    program: string,
    words: readonly string[],
    launcher: readonly string[] = [],
  ): ChildProcess {
    const output = openSync(log, "a");
    const [command = "", ...rest] = [...launcher, join(bin, program), ...words];
    try {
      return spawn(command, rest, {
        ...account,
        cwd: folder,
        env: { PATH: process.env["PATH"], LC_ALL: "C", TZ: "UTC" },
        detached: true,
        stdio: ["ignore", output, output],
      });
    } finally {
      closeSync(output);
    }
  }
  const readLog = (): string => (existsSync(log) ? readFileSync(log, "utf8") : "");

  async function start(more: Settings = {}): Promise<void> {
    settings = { ...settings, ...more };
    const words = Object.entries({ ...settings, port: String(port) });
    for (;;) {
      const logged = readLog().length;
      child = spawnHere(
        "postgres",
        ["-D", data, ...words.flatMap(([k, v]) => ["-c", `${k}=${v}`])],
        options.launcher,
      );
      child.unref();
      const complaint = await untilReady(child, data, () => readLog().slice(logged));
      if (complaint === null) return;
      // Sessions of a killed server live on until they notice it, and the next server waits for them.
      if (!complaint.includes(STILL_USED))
        throw new Error(`PostgreSQL did not start: ${complaint}`);
      await wait(POLL_MS);
    }
  }

  async function stop(mode: StopMode = "fast"): Promise<void> {
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.ref();
    child.kill(SIGNALS[mode]);
    await ended;
  }

  const port = await freePort();
  function url(database: string, { user = SUPERUSER, password }: Login = {}): string {
    const login = password === undefined ? user : `${user}:${encodeURIComponent(password)}`;
    return `postgres://${login}@127.0.0.1:${port}/${database}`;
  }
  try {
    const { primaryServer } = options;
    const words =
      primaryServer === undefined
        ? `initdb -D ${data} -U ${SUPERUSER} -E UTF8 -A trust --no-locale --no-sync`
        : `pg_basebackup -D ${data} -U ${SUPERUSER} -h 127.0.0.1 -p ${primaryServer.port} -R -c fast --no-sync`;
    const [program = "", ...rest] = words.split(" ");
    await runToEnd(spawnHere(program, rest), readLog);
    await writeFile(join(data, "pg_hba.conf"), ACCESS);
    await start();
    if (primaryServer === undefined) await makeRoles(url("postgres"));
  } catch (error) {
    guard.end();
    throw error;
  }
  return {
    port,
    folder,
    bin,
    pid: () => child?.pid as number,
    url,
    stop,
    start,
    async restart(more) {
      await stop();
      await start(more);
    },
    promote: async () => await runToEnd(spawnHere("pg_ctl", ["promote", "-D", data]), readLog),
    log: readLog,
    async [Symbol.asyncDispose]() {
      await stop("immediate");
      await rm(folder, { recursive: true, force: true });
      guard.end();
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function makeRoles(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(`CREATE ROLE ${OWNER} LOGIN;
    CREATE ROLE ${GUARDED.user} LOGIN PASSWORD '${GUARDED.password}'`);
  await client.end();
}

async function runToEnd(child: ChildProcess, readLog: () => string): Promise<void> {
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) throw new Error(`${child.spawnfile} failed: ${readLog()}`);
}

/**
 * Waits for a state in the last line of the server's pid file. Returns the server's log when it exits
 * instead.
 */
async function untilReady(
  child: ChildProcess,
  data: string,
  readLog: () => string,
): Promise<string | null> {
  const file = join(data, "postmaster.pid");
  let failure: string | null = null;
  child.once("error", (error) => (failure = error.message));
  for (const end = Date.now() + DEADLINE_MS; Date.now() < end; await wait(POLL_MS)) {
    if (failure !== null) return failure;
    if (child.exitCode !== null || child.signalCode !== null) return readLog();
    if (!existsSync(file)) continue;
    const lines = readFileSync(file, "utf8").split("\n");
    if (Number(lines[0]) === child.pid && lines[7]?.trim() === "ready") return null;
  }
  throw new Error(`PostgreSQL did not start in time: ${readLog()}`);
}
