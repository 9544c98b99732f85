/** PgBouncer in transaction mode in front of a test's server, as in production, where it is installed. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Client } from "pg";
import { findAccount, giveTo } from "./account.ts";
import { OWNER, type PostgresServer } from "./server.ts";

export type Pooler = AsyncDisposable & { url(database: string): string };

const START_TRIES = 50;
const START_WAIT_MS = 100;
/** The pool is smaller than the program's, so that server connections are shared. */
const SERVER_CONNECTIONS = 3;

/** Null when PgBouncer is not installed. */
export function poolerVersion(): string | null {
  const { stdout, status } = spawnSync("pgbouncer", ["--version"], { encoding: "utf8" });
  return status === 0 ? (stdout.split("\n", 1)[0] ?? "") : null;
}

export async function startPooler(server: PostgresServer): Promise<Pooler> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "hookline-pooler-"));
  const file = join(folder, "pgbouncer.ini");
  writeFileSync(
    file,
    `[databases]
* = host=127.0.0.1 port=${server.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = ${SERVER_CONNECTIONS}
max_client_conn = 100
`.replace("* = host=127.0.0.1", `* = user=${OWNER} host=127.0.0.1`),
  );
  const account = findAccount();
  giveTo(account, folder);
  giveTo(account, file);
  const child = spawn("pgbouncer", [file], { stdio: "ignore", ...account });
  const url = (database: string) => `postgres://${OWNER}@127.0.0.1:${port}/${database}`;
  await untilReached(url("postgres"));
  return {
    url,
    async [Symbol.asyncDispose]() {
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function untilReached(url: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    const client = new Client({ connectionString: url });
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (tries === START_TRIES) throw error;
      await wait(START_WAIT_MS);
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
