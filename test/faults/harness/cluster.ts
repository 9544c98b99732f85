/**
 * Several nodes on one database under load. Each node sends from a separate address, so that the receiver
 * knows the sender of each request. The publishers continue at the remaining nodes.
 */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { checkStore } from "../../harness/check-store.ts";
import { call, type ServerProcess } from "../../harness/server.ts";
import type { TestDatabase } from "../../postgres/databases.ts";
import type { Verdict } from "../history.ts";
import { toHash, toPayload } from "./load.ts";
import { startLastingLoad, type LastingLoad } from "./lasting-load.ts";
import { until } from "./until.ts";
import { openWorld, type World } from "./world.ts";
import { createIdSources } from "../../harness/seed.ts";

const draws = createIdSources("cluster");

export type Arrival = {
  readonly endpoint: string;
  readonly id: string;
  readonly eventId: string;
  readonly at: number;
  /** The node that sent the request. */
  readonly node: number;
};

export type Cluster = AsyncDisposable & {
  readonly world: World;
  readonly nodes: readonly ServerProcess[];
  readonly arrivals: readonly Arrival[];
  /** Starts the publishers of all nodes. They skip the nodes that the test has left out. */
  startLoad(): LastingLoad;
  /** Publishes this many events at once at this node, beside the load. */
  burst(node: number, count: number): Promise<void>;
  /** Sets the receiver's response time for requests of this node. */
  setAnswerMs(node: number, answerMs: number): void;
  /** Makes the publishers skip this node, until `bringBack`. */
  leaveOut(node: number): void;
  bringBack(node: number): void;
  /** Resolves when each of these nodes has sent a further request. */
  untilSendsFrom(nodes: readonly number[]): Promise<void>;
  /** Resolves when all events that are acknowledged by now have arrived at every endpoint. */
  untilArrived(): Promise<void>;
  /** Stops the load, waits for the pending deliveries, and checks everything. */
  verify(t: TestContext, p: VerifyOptions): Promise<Verdict>;
  /** The deliveries that the node sent without recording them. They are sent again. */
  loadUnrecorded(node: number): Promise<ReadonlySet<string>>;
};

export type VerifyOptions = {
  readonly load: LastingLoad;
  /** A node that is running. */
  readonly from: ServerProcess;
  readonly mostDuplicates: number;
};

export type ClusterOptions = {
  readonly database: TestDatabase;
  readonly nodes: number;
  /** The store URL of each node; the database's own by default. */
  readonly storeUrl?: (node: number) => string;
  /** Requests per second to each endpoint; no limit by default. */
  readonly endpointRate?: number;
  readonly settings?: Readonly<Record<string, string>>;
};

/** The number of endpoints, large enough that each of three nodes owns some for any ids. */
const ENDPOINTS = 18;
const LOAD = { publishers: 6, requestsPerSecond: 2, patienceMs: 3_000, ordered: true };
const SLOWEST_ANSWER_MS = 60;
/** The concurrency limit of one node, and so the most that it can leave unrecorded. */
export const IN_FLIGHT = 32;
/** The lease, the next renewal, which takes the shards, and an allowance for a busy machine. */
export const LEASE_MS = 15_000;
const LONGEST_WAIT_MS = LEASE_MS + 5_000 + 5_000;
const FIRST_ADDRESS = 11;
const BURST = "burst";
const SECRET_KEY = Buffer.alloc(32, 9).toString("base64");

export async function openCluster(options: ClusterOptions): Promise<Cluster> {
  const { database, storeUrl = () => database.url } = options;
  await using opened = new AsyncDisposableStack();
  const arrivals: Arrival[] = [];
  const endpoints = Array.from({ length: ENDPOINTS }, (_, n) => `/hook-${n}`);
  const acceptedAt = new Map<string, number>();
  const answerMs = new Map<number, number>();
  const nodeAt = (address: string): number => Number(address.split(".").at(-1)) - FIRST_ADDRESS;
  const world = opened.use(
    await openWorld({
      file: "",
      endpoints: ENDPOINTS,
      ...(options.endpointRate === undefined ? {} : { endpointRate: options.endpointRate }),
      answer({ from }, response) {
        const ms = answerMs.get(nodeAt(from)) ?? draws.below(SLOWEST_ANSWER_MS);
        setTimeout(() => response.writeHead(200).end(), ms);
      },
      settings: {
        HOOKLINE_STORE: database.url,
        HOOKLINE_SECRET_KEY: SECRET_KEY,
        HOOKLINE_ATTEMPTS_IN_FLIGHT: String(IN_FLIGHT),
        ...options.settings,
      },
      onReceipt({ endpoint, id, eventId }, from) {
        const at = performance.now();
        arrivals.push({ endpoint, id, eventId: eventId ?? "", at, node: nodeAt(from) });
      },
    }),
  );
  const nodes: ServerProcess[] = [];
  for (let node = 0; node < options.nodes; node += 1) {
    const settings = {
      HOOKLINE_STORE: storeUrl(node),
      HOOKLINE_EGRESS_ADDRESS: `127.0.0.${FIRST_ADDRESS + node}`,
    };
    nodes.push(opened.use(await world.start({ settings, captureStdout: true })));
    if (node === 0) await world.setUp(nodes[0] as ServerProcess);
  }
  const leftOut = new Set<number>();
  let bursts = 0;
  const urls = (): string[] => nodes.filter((_, n) => !leftOut.has(n)).map(({ url }) => url);
  const resources = opened.move();

  async function pending(): Promise<ReadonlySet<string>> {
    const rows = await database.sql(
      `SELECT endpoint.uid, event.id FROM delivery JOIN event ON event.seq = event_seq
       JOIN endpoint ON endpoint.seq = endpoint_seq WHERE delivery.state = 0`,
    );
    return new Set(rows.map((row) => `/${String(row["uid"])} ${String(row["id"])}`));
  }

  return {
    world,
    nodes,
    arrivals,
    startLoad() {
      const load = startLastingLoad({
        ...LOAD,
        urls,
        app: world.app,
        name: "c",
        log: world.publishes,
        onAccepted: (_eventId, id) => acceptedAt.set(id, performance.now()),
      });
      resources.defer(() => load.abandon());
      return load;
    },
    async burst(node, count) {
      bursts += 1;
      const events = Array.from({ length: count }, (_, n) => {
        const eventId = `${BURST}-${bursts}-${n}`;
        return { eventType: "load.test", eventId, payload: toPayload(eventId, n) };
      });
      const url = nodes[node]?.url ?? "";
      const { status, body } = await call(url, "POST", `/app/${world.app}/msg/batch`, events);
      assert.equal(status, 202, JSON.stringify(body));
      const made = body["data"] as readonly { readonly id: string }[];
      for (const [n, { eventId, payload }] of events.entries()) {
        const id = made[n]?.id ?? "";
        acceptedAt.set(id, performance.now());
        const bodyHash = toHash(JSON.stringify(payload));
        world.publishes.push({ eventId, bodyHash, outcome: "ok", id });
      }
    },
    setAnswerMs: (node, ms) => void answerMs.set(node, ms),
    leaveOut: (node) => void leftOut.add(node),
    bringBack: (node) => void leftOut.delete(node),
    async untilSendsFrom(wanted) {
      const before = arrivals.length;
      await until(`something arrives from each of the nodes ${wanted.join(", ")}`, () => {
        const seen = new Set(arrivals.slice(before).map(({ node }) => node));
        return wanted.every((node) => seen.has(node));
      });
    },
    async untilArrived() {
      const ids = [...acceptedAt.keys()];
      let checked = 0;
      const arrived = new Set<string>();
      await until("all that was acknowledged has arrived", () => {
        for (; checked < arrivals.length; checked += 1) {
          const { endpoint, id } = arrivals[checked] as Arrival;
          arrived.add(`${endpoint} ${id}`);
        }
        return ids.every((id) => endpoints.every((endpoint) => arrived.has(`${endpoint} ${id}`)));
      });
    },
    async loadUnrecorded(node) {
      // A request is in the log shortly after it has arrived. A node that is gone records nothing more.
      await sleep(SLOWEST_ANSWER_MS);
      const stillPending = await pending();
      return new Set(
        arrivals.flatMap((one) => {
          const place = `${one.endpoint} ${one.id}`;
          return one.node === node && stillPending.has(place) ? place : [];
        }),
      );
    },
    async verify(t, { load, from, mostDuplicates }) {
      await load.stop();
      const bugs = nodes.flatMap((node) => node.stdout().split("\n").filter(isBug));
      assert.deepEqual([...bugs, ...load.unexpected].slice(0, 3), []);
      await world.settle(from);
      const verdict = await world.verdict(from, mostDuplicates);
      const wait = longestWait(arrivals, acceptedAt);
      t.diagnostic(
        `longest wait ${Math.round(wait.ms)} ms, of ${wait.place}; duplicates at most ${mostDuplicates}`,
      );
      assert.equal(verdict.counts.unknown, 0, "no publisher is left without a definite answer");
      assertInOrder(arrivals);
      await assertNoneUsedUp(database);
      const { pending: stillPending, delivered } = await checkStore(world.settings);
      assert.deepEqual(
        { stillPending, delivered },
        { stillPending: 0, delivered: acceptedAt.size * ENDPOINTS },
      );
      assert.ok(wait.ms < LONGEST_WAIT_MS, `${wait.place} waited ${wait.ms} ms`);
      return verdict;
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** Returns whether this line of a node's log reports a bug of the program. */
function isBug(line: string): boolean {
  return line.includes('"level":"error"') && !/store[_ ]unavailable/.test(line);
}

/** The longest time from the response to a publisher to the first arrival, over all events and endpoints. */
function longestWait(
  arrivals: readonly Arrival[],
  acceptedAt: ReadonlyMap<string, number>,
): { ms: number; place: string } {
  let longest = { ms: 0, place: "" };
  const seen = new Set<string>();
  for (const { endpoint, id, at } of arrivals) {
    const place = `${endpoint} ${id}`;
    if (seen.has(place)) continue;
    seen.add(place);
    const ms = at - (acceptedAt.get(id) ?? at);
    if (ms > longest.ms) longest = { ms, place };
  }
  return longest;
}

/** Checks that each publisher's events first arrive at each endpoint in the order of their turns. */
function assertInOrder(arrivals: readonly Arrival[]): void {
  const latest = new Map<string, number>();
  const seen = new Set<string>();
  for (const { endpoint, id, eventId } of arrivals) {
    if (seen.has(`${endpoint} ${id}`)) continue;
    seen.add(`${endpoint} ${id}`);
    if (eventId.startsWith(BURST)) continue;
    const [publisher, turn] = [eventId.replace(/-\d+$/, ""), Number(/\d+$/.exec(eventId)?.[0])];
    const before = latest.get(`${endpoint} ${publisher}`) ?? -1;
    assert.ok(turn > before, `${eventId} came to ${endpoint} after the turn ${before}`);
    latest.set(`${endpoint} ${publisher}`, turn);
  }
}

/** I7: each receiver answered with 2xx, so each delivery has one attempt and each attempt succeeded. */
async function assertNoneUsedUp({ sql }: TestDatabase): Promise<void> {
  const [attempts] = await sql("SELECT count(*) FROM attempt WHERE NOT succeeded");
  const [deliveries] = await sql("SELECT count(*) FROM delivery WHERE attempts > 1");
  assert.deepEqual([attempts?.["count"], deliveries?.["count"]], ["0", "0"]);
}
