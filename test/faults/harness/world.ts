/**
 * A child server under load with a fault, and all data for a later check. One store file outlives the server.
 * A receiver checks each signature on arrival. Both sides have logs, and the store's contents are read
 * through the API.
 */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { checkStore } from "../../harness/check-store.ts";
import { startReceiver, type Answer, type Receipt as Request } from "../../harness/receiver.ts";
import { call, startServer, type ServerProcess } from "../../harness/server.ts";
import { checkHistory, type Publish, type Receipt, type Stored, type Verdict } from "../history.ts";
import { toHash, startLoad, type Load, type LoadOptions } from "./load.ts";

const SECRET = Buffer.alloc(32, 5).toString("base64");
const APP = "faults";
const PAGE = 250;
const POLL_MS = 50;

export type World = AsyncDisposable & {
  readonly app: string;
  readonly publishes: Publish[];
  readonly receipts: readonly Receipt[];
  readonly settings: Readonly<Record<string, string>>;
  /** The time from the spawn until the server listens, for each start. */
  readonly startsMs: readonly number[];
  /** Starts the server. `setUp` must follow the first start on a store. */
  start(more?: StartOptions): Promise<ServerProcess>;
  setUp(server: ServerProcess): Promise<void>;
  load(server: ServerProcess, options: Omit<LoadOptions, "url" | "app" | "log">): Load;
  /** Resolves when all acknowledged events have arrived and been recorded. */
  settle(server: ServerProcess, deadlineMs?: number): Promise<void>;
  /**
   * The number of receipts that the store has not recorded. They may come once more. The server must be gone.
   */
  unrecorded(): Promise<number>;
  acknowledged(): number;
  /** Returns a function that reverts the logs to now, for a test that restores the store too. */
  mark(): () => void;
  /** Checks the logs against the contents of the server's store. */
  verdict(server: ServerProcess, mostDuplicates: number): Promise<Verdict>;
};

export type StartOptions = {
  readonly program?: string;
  readonly wrapper?: readonly string[];
  readonly settings?: Readonly<Record<string, string>>;
  readonly captureStdout?: boolean;
};

export type WorldOptions = {
  /** The store file. */
  readonly file: string;
  readonly endpoints?: number;
  /** Requests per second to each endpoint; no limit by default. */
  readonly endpointRate?: number;
  /** Answers 2xx by default. A receipt counts when the status of its answer is below 300. */
  readonly answer?: Answer;
  readonly settings?: Readonly<Record<string, string>>;
  /** Called with each receipt that counts, and the address of its sender. */
  readonly onReceipt?: (receipt: Receipt, from: string) => void;
};

export async function openWorld(options: WorldOptions): Promise<World> {
  const endpoints = Array.from({ length: options.endpoints ?? 1 }, (_, n) => `/hook-${n}`);
  const publishes: Publish[] = [];
  const receipts: Receipt[] = [];
  const startsMs: number[] = [];
  const arrived = new Set<string>();
  /** The index before which all publishes are known to have arrived everywhere. */
  let arrivedUpTo = 0;

  const receiver = await startReceiver(
    (request, response) => {
      if (options.answer === undefined) response.writeHead(200).end();
      else options.answer(request, response);
      if (response.statusCode >= 300) return;
      const receipt = readReceipt(request);
      receipts.push(receipt);
      arrived.add(`${receipt.endpoint} ${receipt.id}`);
      options.onReceipt?.(receipt, request.from);
    },
    { keep: false },
  );
  const settings = {
    HOOKLINE_STORE: `sqlite:${options.file}`,
    HOOKLINE_EGRESS_ALLOW: `127.0.0.1/32:${receiver.port}`,
    ...options.settings,
  };

  function isArrived({ outcome, id }: Publish): boolean {
    return outcome !== "ok" || endpoints.every((endpoint) => arrived.has(`${endpoint} ${id}`));
  }

  return {
    app: APP,
    publishes,
    receipts,
    settings,
    startsMs,
    async start(more = {}) {
      const startedAt = performance.now();
      const server = await startServer({ ...more, settings: { ...settings, ...more.settings } });
      startsMs.push(performance.now() - startedAt);
      return server;
    },
    async setUp(server) {
      assert.equal(
        (await call(server.url, "POST", "/app", { name: "Faults", uid: APP })).status,
        201,
      );
      for (const [n, path] of endpoints.entries()) {
        const made = await call(server.url, "POST", `/app/${APP}/endpoint`, {
          ...(options.endpointRate === undefined ? {} : { throttleRate: options.endpointRate }),
          url: `${receiver.url}${path}`,
          uid: `hook-${n}`,
          secret: `whsec_${SECRET}`,
        });
        assert.equal(made.status, 201, JSON.stringify(made.body));
      }
    },
    load: (server, load) => startLoad({ ...load, url: server.url, app: APP, log: publishes }),
    async settle(server, deadlineMs = 60_000) {
      const deadline = performance.now() + deadlineMs;
      for (;;) {
        while (arrivedUpTo < publishes.length && isArrived(publishes[arrivedUpTo] as Publish)) {
          arrivedUpTo += 1;
        }
        if (arrivedUpTo === publishes.length && (await hasNothingPending(server.url))) return;
        // The checker reports missing deliveries in more detail than a timeout.
        if (performance.now() > deadline) return;
        await sleep(POLL_MS);
      }
    },
    async unrecorded() {
      const { delivered } = await checkStore(settings);
      return receipts.length - delivered;
    },
    mark() {
      const [publishCount, receiptCount] = [publishes.length, receipts.length];
      return () => {
        publishes.length = publishCount;
        receipts.length = receiptCount;
        arrivedUpTo = 0;
        arrived.clear();
        for (const { endpoint, id } of receipts) arrived.add(`${endpoint} ${id}`);
      };
    },
    acknowledged: () => publishes.filter(({ outcome }) => outcome === "ok").length,
    async verdict(server, mostDuplicates) {
      const stored: Stored[][] = [];
      for (const n of endpoints.keys()) stored.push(await readStored(server.url, n));
      return checkHistory({
        endpoints,
        publishes,
        receipts,
        stored: stored.flat(),
        mostDuplicates,
      });
    },
    [Symbol.asyncDispose]: () => receiver[Symbol.asyncDispose](),
  };
}

/** Fails with the first broken rules of a verdict, and reports its counts. */
export function assertKept(t: TestContext, verdict: Verdict, more = ""): void {
  const counts = Object.entries(verdict.counts).map(([name, count]) => `${name} ${count}`);
  t.diagnostic([...counts, ...(more === "" ? [] : [more])].join(", "));
  const shown = verdict.violations.slice(0, 10).map(({ rule, about }) => `${rule}: ${about}`);
  assert.equal(verdict.violations.length, 0, shown.join("\n"));
}

/** Runs SQLite's check of every page and index on the file of a stopped server. */
export function assertIntact(file: string): void {
  const db = new DatabaseSync(file);
  try {
    const rows = db.prepare("PRAGMA integrity_check(5)").all();
    assert.deepEqual(
      rows.map((row) => Object.values(row)[0]),
      ["ok"],
    );
  } finally {
    db.close();
  }
}

/** The signature is recomputed here, independently of the program. */
function readReceipt({ path, headers, body }: Request): Receipt {
  const id = String(headers["webhook-id"]);
  const signed = `${id}.${String(headers["webhook-timestamp"])}.${body}`;
  const signature = createHmac("sha256", Buffer.from(SECRET, "base64")).update(signed);
  return {
    endpoint: path,
    id,
    eventId: readEventId(body),
    bodyHash: toHash(body),
    isSigned: headers["webhook-signature"] === `v1,${signature.digest("base64")}`,
  };
}

function readEventId(body: string): string | null {
  try {
    return String((JSON.parse(body) as { readonly eventId: unknown }).eventId);
  } catch {
    return null;
  }
}

/** Returns whether no delivery is pending or still to be made, including those of events whose publisher got no answer. */
async function hasNothingPending(url: string): Promise<boolean> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const isZero = (of: string) => text.includes(`\nhookline_accounting{of="${of}"} 0\n`);
  return isZero("pending") && isZero("fanningOut");
}

type Page = {
  readonly data: readonly {
    readonly id: string;
    readonly eventId?: string;
    readonly statusText: string;
  }[];
  readonly iterator: string | null;
  readonly done: boolean;
};

const STATES: Readonly<Record<string, Stored["state"]>> = {
  success: "delivered",
  pending: "pending",
  sending: "pending",
  fail: "failed",
  canceled: "cancelled",
};

async function readStored(url: string, n: number): Promise<Stored[]> {
  const stored: Stored[] = [];
  for (let after = ""; ;) {
    const query = `limit=${PAGE}&with_content=false&expanded_statuses=true${after}`;
    const answer = await call(url, "GET", `/app/${APP}/endpoint/hook-${n}/msg?${query}`);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    const { data, iterator, done } = answer.body as unknown as Page;
    for (const { id, eventId, statusText } of data) {
      const state = STATES[statusText];
      assert.ok(state !== undefined, `the store has a delivery with the status ${statusText}`);
      stored.push({ endpoint: `/hook-${n}`, id, eventId: eventId ?? null, state });
    }
    if (done || iterator === null) return stored;
    after = `&iterator=${encodeURIComponent(iterator)}`;
  }
}
