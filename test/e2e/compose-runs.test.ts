/**
 * `compose.yaml` without a container engine. The image is built as the Dockerfile says and runs with the
 * file's commands and environment; host names and ports are mapped to loopback. Two nodes share one
 * PostgreSQL database, and each sends deliveries that the other one accepted (I3). When one is stopped, no
 * acknowledged event is lost (I1).
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { Client } from "pg";
import { SETTINGS } from "../../src/config/settings.ts";
import {
  composeWith,
  readCompose,
  ROOT,
  type ComposeFile,
  type ComposeService,
} from "../harness/compose-file.ts";
import { startComposeNode, type ComposeNode } from "../harness/compose-node.ts";
import { readImage } from "../harness/dockerfile.ts";
import { buildImage, type BuiltImage } from "../harness/image.ts";
import { startReceiver, type Answer } from "../harness/receiver.ts";
import { temporaryFolder } from "../harness/server.ts";
import { startPostgres, type PostgresServer } from "../postgres/server.ts";

/** The variables that an operator puts into `.env`. The last two allow webhooks to this machine. */
const GIVEN = {
  SITE_ADDRESS: "localhost",
  POSTGRES_PASSWORD: "p@ss/wörd:1#%",
  HOOKLINE_ADMIN_TOKEN: "hk_compose_0123456789abcdef",
  HOOKLINE_SECRET_KEY: "5d".repeat(32),
  HOOKLINE_EGRESS_ALLOW: "127.0.0.0/8",
  HOOKLINE_HTTP_URLS: "allow",
};
const SECRETS = ["POSTGRES_PASSWORD", "HOOKLINE_ADMIN_TOKEN", "HOOKLINE_SECRET_KEY"] as const;
const NODES = ["hookline-1", "hookline-2"] as const;
const SHARDS = 256;
/** The number of endpoints, large enough that each node owns some of them. */
const ENDPOINTS = 16;
const BATCH = Array.from({ length: 10 }, (_, n) => ({ eventType: "load.test", payload: { n } }));
/** A node looks for other nodes every five seconds, and releases shards within five seconds. */
const DEADLINE_MS = 40_000;

describe("compose.yaml", () => {
  test("contains no secret, and does not start without the operator's secrets", () => {
    composeWith(GIVEN);
    for (const name of [...SECRETS, "SITE_ADDRESS"]) {
      assert.throws(
        () => composeWith({ ...GIVEN, [name]: "" }),
        new RegExp(`^Error: ${name} is missing`),
      );
    }
    for (const { environment } of Object.values(readCompose().services)) {
      for (const [name, value] of Object.entries(environment)) {
        if (!/PASSWORD|TOKEN|KEY/.test(name)) assert.doesNotMatch(value, /:[^/@]+@/, name);
        else assert.match(value, /^\$\{\w+:\?[^}]+\}$/, name);
      }
    }
  });

  test("sets only settings that exist, and puts the store on a network that only nodes use", () => {
    const { services, networks } = composeWith(GIVEN);
    const known = new Set<string>(Object.values(SETTINGS).map(({ env }) => env));
    for (const name of NODES) {
      const { environment = {} } = services[name] ?? {};
      const unknown = Object.keys(environment).filter(
        (key) => !known.has(key) && !key.startsWith("PG"),
      );
      assert.deepEqual(unknown, [], name);
      assert.deepEqual(services[name], services[NODES[0]]);
    }
    assert.equal(networks["store"]?.internal, true);
    const onStore = Object.keys(services).filter((name) =>
      services[name]?.networks.includes("store"),
    );
    assert.deepEqual(onStore, [...NODES, "postgres"]);
    const open = Object.keys(services).filter((name) => services[name]?.ports !== undefined);
    assert.deepEqual(open, ["proxy"]);
    assert.match(services["postgres"]?.volumes?.join() ?? "", /^postgres:/);
    assert.notEqual(readImage().user.split(":")[0], "0");
  });

  test("has a proxy that forwards to its nodes and checks their health", () => {
    const { services } = composeWith(GIVEN);
    const text = readFileSync(join(ROOT, "deploy/Caddyfile"), "utf8");
    const port = services[NODES[0]]?.environment["HOOKLINE_PORT"];
    assert.ok(text.includes(`reverse_proxy ${NODES.map((name) => `${name}:${port}`).join(" ")} {`));
    assert.ok(text.includes("health_uri /health\n"));
  });

  test(
    "starts two nodes that share the work, and one continues when the other is stopped",
    { timeout: 180_000 },
    async () => {
      const file = composeWith(GIVEN);
      using folder = temporaryFolder();
      const image = await buildImage(folder.path);
      await using server = await startDatabase(file);
      await using first = await startNode(image, file.services[NODES[0]], server);
      await using second = await startNode(image, file.services[NODES[1]], server);
      const copies = new Map<string, Set<string>>();
      await using receiver = await startReceiver(keepIn(copies), { keep: false });
      assert.deepEqual([await first.health(), await second.health()], [0, 0]);
      await until(async () => {
        const held = [await readShards(first), await readShards(second)];
        return held.every((shards) => shards === SHARDS / 2);
      });

      const app = await loadId(call(first, "/app", { name: "Bright Smile Dental" }));
      for (let n = 0; n < ENDPOINTS; n++) {
        await call(first, `/app/${app}/endpoint`, { url: `${receiver.url}/${n}` });
      }
      const event = await loadId(call(second, `/app/${app}/msg`, BATCH[0]));
      await receiver.until(() => copies.get(event)?.size === ENDPOINTS);
      await until(async () => (await readAttempts(first)) > 0 && (await readAttempts(second)) > 0);

      const acknowledged = new Set<string>();
      const publishing = [
        publishUntilRefused(first, app, acknowledged),
        publish(second, { app, batches: 20 }, acknowledged),
      ];
      await receiver.until(() => copies.size > 50);
      assert.equal(await first.stop(graceMs(file)), 0);
      await Promise.all(publishing);
      await publish(second, { app, batches: 3 }, acknowledged);
      await receiver.until(
        () => [...acknowledged].every((id) => copies.get(id)?.size === ENDPOINTS),
        DEADLINE_MS,
      );
      await until(async () => (await readShards(second)) === SHARDS);
      assert.deepEqual([await first.health(), await second.health()], [1, 0]);
      assert.equal(await second.stop(graceMs(file)), 0);
    },
  );
});

/** The database as the image creates it on an empty volume: one role with its password, one database. */
async function startDatabase({ services }: ComposeFile): Promise<PostgresServer> {
  const { command = [], environment } = services["postgres"] ?? assert.fail("no postgres");
  assert.equal(command[0], "postgres");
  const settings = command.filter((word) => word !== "-c").slice(1);
  const server = await startPostgres({
    settings: Object.fromEntries(settings.map((one) => one.split("=") as [string, string])),
  });
  const {
    POSTGRES_USER: user = "",
    POSTGRES_DB: database = "",
    POSTGRES_PASSWORD = "",
  } = environment;
  const client = new Client({ connectionString: server.url("postgres") });
  await client.connect();
  await client.query(`ALTER ROLE ${user} PASSWORD '${POSTGRES_PASSWORD}'`);
  await client.query(`CREATE DATABASE ${database} OWNER ${user}`);
  const access = join(server.folder, "data/pg_hba.conf");
  const rule = `host ${database} ${user} 127.0.0.1/32 scram-sha-256\n`;
  await writeFile(access, rule + (await readFile(access, "utf8")));
  await client.query("SELECT pg_reload_conf()");
  await client.end();
  return server;
}

async function startNode(
  image: BuiltImage,
  service: ComposeService | undefined,
  { port }: PostgresServer,
): Promise<ComposeNode> {
  const environment = { ...service?.environment };
  const store = environment["HOOKLINE_STORE"] ?? "";
  assert.match(store, /@postgres:5432\//);
  return await startComposeNode(image, {
    ...environment,
    HOOKLINE_STORE: store.replace("@postgres:5432/", `@127.0.0.1:${port}/`),
    HOOKLINE_HOST: "127.0.0.1",
    HOOKLINE_PORT: "0",
  });
}

type Fields = Readonly<Record<string, unknown>>;

async function request(node: ComposeNode, path: string, body: unknown): Promise<Response> {
  return await fetch(`${node.url}/api/v1${path}`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${GIVEN.HOOKLINE_ADMIN_TOKEN}`,
      "content-type": "application/json",
    },
    body: JSON.stringify(body),
  });
}

async function call(node: ComposeNode, path: string, body: unknown): Promise<Fields> {
  const response = await request(node, path, body);
  const text = await response.text();
  assert.ok(response.ok, `${path}: ${response.status} ${text}`);
  return JSON.parse(text) as Fields;
}

async function loadId(answer: Promise<Fields>): Promise<string> {
  const { id } = await answer;
  assert.ok(typeof id === "string");
  return id;
}

async function publish(
  node: ComposeNode,
  { app, batches }: { readonly app: string; readonly batches: number },
  acknowledged: Set<string>,
): Promise<void> {
  for (let n = 0; n < batches; n++) {
    const { data } = await call(node, `/app/${app}/msg/batch`, BATCH);
    for (const { id } of data as { id: string }[]) acknowledged.add(id);
  }
}

/**
 * A connection that the stop closed acknowledges nothing, and neither does a 503 on a connection that is
 * open.
 */
async function publishUntilRefused(
  node: ComposeNode,
  app: string,
  acknowledged: Set<string>,
): Promise<void> {
  for (;;) {
    const response = await request(node, `/app/${app}/msg/batch`, BATCH).catch(() => null);
    const body = await response?.json().catch(() => null);
    if (response?.status !== 202 || body === null) return;
    for (const { id } of (body as { data: { id: string }[] }).data) acknowledged.add(id);
  }
}

/** The endpoints that each event has arrived at. */
function keepIn(copies: Map<string, Set<string>>): Answer {
  return ({ headers, path }, response) => {
    const id = String(headers["webhook-id"]);
    const known = copies.get(id);
    if (known === undefined) copies.set(id, new Set([path]));
    else known.add(path);
    response.writeHead(200).end();
  };
}

async function readMetric(node: ComposeNode, pattern: RegExp): Promise<number> {
  const text = await (await fetch(`${node.url}/metrics`)).text();
  return [...text.matchAll(pattern)].reduce((sum, [, value]) => sum + Number(value), 0);
}

const readShards = (node: ComposeNode) =>
  readMetric(node, /^hookline_engine\{of="shards"\} (\d+)$/gm);
const readAttempts = (node: ComposeNode) =>
  readMetric(node, /^hookline_attempts_total\{.*\} (\d+)$/gm);

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + DEADLINE_MS; !(await holds()); await wait(100)) {
    assert.ok(Date.now() < end, "not true in time");
  }
}

function graceMs({ services }: ComposeFile): number {
  const seconds = /^(\d+)s$/.exec(services[NODES[0]]?.stop_grace_period ?? "")?.[1];
  return Number(seconds) * 1000;
}
