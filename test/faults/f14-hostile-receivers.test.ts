/**
 * F14, for I4 and I5: one server whose endpoints are one hostile receiver of each kind and a healthy one.
 * Every attempt ends by its deadline, memory stays flat, sockets and concurrency slots are released, and the
 * healthy receiver gets everything. This is the one row that promises a time. The test compares it with the
 * duration that the server itself recorded for each attempt. The server reads its clock when its timer fires,
 * so half a second above the deadline is allowed for a busy machine. A receiver that can move a deadline
 * exceeds that by as much as it wants.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { test } from "node:test";
import { startReceiver } from "../harness/receiver.ts";
import { call, startServer, temporaryFolder, type ServerProcess } from "../harness/server.ts";
import { eventuallySo, readMetric } from "../net/dialect-hooks.ts";
import { HOSTILE_CASES, openHostile } from "../net/hostile-receivers.ts";
import type { HostileCase } from "../net/hostile-case.ts";
import { pickCycles, millisecondsText } from "./harness/length.ts";

const ROUNDS = pickCycles({ short: 4, long: 90 });
/** The number of events that leave for a new endpoint at once, so that no breaker interferes. */
const EVENTS = 4;
/** The receivers share a thread. With more of them a busy machine connects too late. */
const KINDS_AT_ONCE = 20;
const TIMEOUT_MS = 1000;
const ALLOWED_MS = TIMEOUT_MS + 500;
/** The size of a body that no socket buffer of the system can take. */
const LARGE_BYTES = 12 * 1024 * 1024;
/** A leak of one answer's 16 KiB per attempt would be 7 MiB in a round; of an expanded bomb, 200. */
const GROWTH_LIMIT_BYTES = 48 * 1024 * 1024;
const APP = "hostile";

/** The text that the attempt log has for each reason of failure. */
const EXPECTED_RESPONSES: Readonly<Record<string, RegExp>> = {
  timeout: /within \d+ ms$/,
  reset: /closed the connection/,
  protocol: /not valid HTTP|only HTTP\/2/,
  headers_too_large: /headers are too large/,
};

type Attempt = {
  readonly endpointId: string;
  readonly response: string;
  readonly responseStatusCode: number;
  readonly responseDurationMs: number;
};

test(`F14 hostile receivers of ${HOSTILE_CASES.length} kinds, ${ROUNDS} rounds: deadlines, memory, sockets and the healthy one are unaffected`, async (t) => {
  using folder = temporaryFolder();
  await using healthy = await startReceiver();
  await using server = await startServer({
    settings: {
      HOOKLINE_STORE: `sqlite:${folder.path}/hookline.db`,
      HOOKLINE_EGRESS_ALLOW: "127.0.0.1/32",
      HOOKLINE_EVENT_LIMIT: "16MiB",
      HOOKLINE_BATCH_LIMIT: "16MiB",
    },
  });
  await send(server, "/app", { name: "Hostile", uid: APP });
  await send(server, `/app/${APP}/endpoint`, { url: healthy.url });
  const small = HOSTILE_CASES.filter(({ largeBody }) => largeBody !== true);
  const large = HOSTILE_CASES.filter(({ largeBody }) => largeBody === true);

  const durationsMs: number[] = [];
  const residentBytes: number[] = [];
  let published = 0;
  const idleSockets = openSockets(server);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (let from = 0; from < small.length; from += KINDS_AT_ONCE) {
      const text = { type: `round.small-${round}-${from}`, events: EVENTS, bytes: 200 };
      const kinds = small.slice(from, from + KINDS_AT_ONCE);
      durationsMs.push(...(await playRound(server, kinds, text)));
      published += EVENTS;
    }
    residentBytes.push(readResident(server));
    await healthy.until(() => healthy.receipts.length >= published);
  }
  const mebibytes = residentBytes.map((bytes) => Math.round(bytes / 2 ** 20));
  t.diagnostic(`resident after each round: ${mebibytes.join(", ")} MiB`);
  // The heap grows in steps in the first rounds, whether or not it is used.
  const half = Math.ceil(ROUNDS / 2);
  const grown = Math.max(...residentBytes.slice(half)) - Math.max(...residentBytes.slice(0, half));
  assert.ok(grown < GROWTH_LIMIT_BYTES, `grew by ${grown} bytes`);
  const lanes = async (of: string) => await readMetric(server.url, `hookline_engine{of="${of}"}`);
  await eventuallySo(
    async () => (await lanes("idle")) === (await lanes("lanes")),
    "no lane without a delivery is kept",
  );

  const big = { type: "round.large", events: 1, bytes: LARGE_BYTES };
  durationsMs.push(...(await playRound(server, large, big)));
  published += 1;
  await healthy.until(() => healthy.receipts.length >= published);

  const ids = new Set(healthy.receipts.map(({ headers }) => String(headers["webhook-id"])));
  assert.equal(ids.size, published, "the healthy one got every event");
  const over = durationsMs.filter((ms) => ms > ALLOWED_MS);
  assert.deepEqual(over, [], `ended after their deadline of ${TIMEOUT_MS} ms`);
  // The connections to the healthy receiver and those of the callers are kept alive for a while.
  await eventuallySo(() => openSockets(server) <= idleSockets, "all sockets are closed");
  t.diagnostic(`${durationsMs.length} attempts, ${millisecondsText(durationsMs)}`);
  t.diagnostic(`${idleSockets} sockets before, ${openSockets(server)} after`);
  assert.equal(await server.stop(), 0);
});

/** Creates new endpoints, one of each kind. Returns the duration of each attempt at them. */
async function playRound(
  server: ServerProcess,
  cases: readonly HostileCase[],
  {
    type,
    events,
    bytes,
  }: { readonly type: string; readonly events: number; readonly bytes: number },
): Promise<number[]> {
  await using opened = new AsyncDisposableStack();
  const kinds = new Map<string, HostileCase>();
  const receivers: Awaited<ReturnType<typeof openHostile>>[] = [];
  await send(server, "/event-type", { name: type, description: "" });
  for (const one of cases) {
    const receiver = opened.use(await openHostile(one));
    receivers.push(receiver);
    const { id } = await send(server, `/app/${APP}/endpoint`, {
      url: receiver.url,
      eventTypes: [type],
      timeoutMs: TIMEOUT_MS,
      // Each delivery is attempted once within the test.
      retrySchedule: [86_400],
    });
    kinds.set(String(id), one);
  }
  const payload = { text: "x".repeat(bytes) };
  await send(
    server,
    `/app/${APP}/msg/batch`,
    Array.from({ length: events }, () => ({ eventType: type, payload })),
  );

  const durationsMs: number[] = [];
  for (const [id, { title, want }] of kinds) {
    let attempts: readonly Attempt[] = [];
    await eventuallySo(async () => {
      const answer = await call(server.url, "GET", `/app/${APP}/attempt/endpoint/${id}`);
      attempts = answer.body["data"] as readonly Attempt[];
      return attempts.length >= events;
    }, `all attempts at one that ${title}`);
    const [status = ""] = want.split(" ");
    for (const attempt of attempts) {
      durationsMs.push(attempt.responseDurationMs);
      assert.equal(
        attempt.responseStatusCode,
        Number(status) || 0,
        `${title}: ${attempt.response}`,
      );
      assert.ok(attempt.response.length <= 16_384);
      if (EXPECTED_RESPONSES[status] !== undefined)
        assert.match(attempt.response, EXPECTED_RESPONSES[status], title);
    }
  }
  await eventuallySo(
    async () => (await readMetric(server.url, 'hookline_engine{of="inFlight"}')) === 0,
    "every slot is released",
  );
  for (const [n, receiver] of receivers.entries()) {
    // A connection with exactly the expected response may be kept alive. A receiver that does not read sees
    // no close.
    const isKept = cases[n]?.want === "200" || cases[n]?.largeBody === true;
    if (!isKept)
      await eventuallySo(() => receiver.openSockets() === 0, `${cases[n]?.title}: closed`);
  }
  return durationsMs;
}

async function send(server: ServerProcess, path: string, body: unknown) {
  const answer = await call(server.url, "POST", path, body);
  assert.ok(answer.status < 300, JSON.stringify(answer.body));
  return answer.body;
}

function readResident({ child }: ServerProcess): number {
  const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
}

function openSockets({ child }: ServerProcess): number {
  const folder = `/proc/${child.pid}/fd`;
  const targets = readdirSync(folder).map((name) => {
    try {
      return readlinkSync(`${folder}/${name}`);
    } catch {
      return "closed meanwhile";
    }
  });
  return targets.filter((target) => target.startsWith("socket:")).length;
}
