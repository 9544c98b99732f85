/**
 * F20 with many nodes, for I11: endpoints that one node sends to are changed through another node, under load
 * and during retries. Each attempt that starts after the answer uses the changed endpoint. The store has the
 * start of each attempt, and the receiver has its contents: the n-th request for an event is its n-th
 * attempt.
 */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test, type TestContext } from "node:test";
import { checkStore } from "../harness/check-store.ts";
import { startReceiver, type Receipt } from "../harness/receiver.ts";
import { copyProgram, type Edit } from "../harness/patched-program.ts";
import { call, startServer, temporaryFolder } from "../harness/server.ts";
import { makeDatabase, type TestDatabase } from "../postgres/databases.ts";
import { startLastingLoad } from "./harness/lasting-load.ts";
import { pickCycles } from "./harness/length.ts";
import { until } from "./harness/until.ts";

const ROUNDS = pickCycles({ short: 1, long: 20 });
const LOAD = { publishers: 3, requestsPerSecond: 5 };
const SHARDS = 256;
const SECRET_KEY = Buffer.alloc(32, 9).toString("base64");
const [OLD, NEW, BETTER] = [1, 2, 3].map((byte) => Buffer.alloc(32, byte).toString("base64")) as [
  string,
  string,
  string,
];
const WAITS_SECONDS = Array.from({ length: 30 }, () => 1);
/** The rate at which each endpoint's waiting deliveries are sent while the changes are made. */
const PER_SECOND = 20;
const BURST = 200;
/** The number of events that are refused each time. More at once would open the endpoints' breakers. */
const STUBBORN = 3;
const SOME = 10;
const KINDS = ["moved", "headed", "rotated", "replaced", "disabled", "deleted"] as const;
type Kind = (typeof KINDS)[number];

/** An endpoint of the node that the changes are not made on. */
type Subject = { readonly id: string; readonly kind: Kind };
type Attempt = { readonly receipt: Receipt; readonly at: number };
type Change = { readonly askedAt: number; readonly answeredAt: number };

/** The node answers as soon as the change is stored. */
const ANSWER_AT_ONCE: Edit = {
  file: "src/store/postgres/shard-store.ts",
  from: "if (!(await runner.single((connection) => isAwaited(connection, change)))) return null;",
  to: "return null;",
};

for (const listen of ["on", "off"] as const) {
  test(`F20 a change made on a node that does not own the endpoint applies once it is answered, LISTEN ${listen}`, async (t) => {
    for (let round = 0; round < ROUNDS; round += 1) await changeUnderLoad(t, { listen });
  });
}

test("F20 control: a program that answers without the owner's acknowledgement is detected", async (t) => {
  using copy = temporaryFolder();
  const program = copyProgram(copy.path, [ANSWER_AT_ONCE]);
  await assert.rejects(changeUnderLoad(t, { listen: "off", program }), /was sent/);
});

async function changeUnderLoad(
  t: TestContext,
  { listen, ...more }: { listen: "on" | "off"; program?: string },
): Promise<void> {
  await using database = await makeDatabase();
  await using receiver = await startReceiver(({ body }, response) =>
    response.writeHead(isStubborn(body) ? 500 : 200).end(),
  );
  const settings = {
    HOOKLINE_STORE: database.url,
    HOOKLINE_SECRET_KEY: SECRET_KEY,
    HOOKLINE_EGRESS_ALLOW: `127.0.0.1/32:${receiver.port}`,
    ...(listen === "off" ? { HOOKLINE_PG_LISTEN_URL: "off" } : undefined),
  };
  await using owner = await startServer({ ...more, settings });
  await untilShared(database, 1);
  const [{ owner: ownersName } = {}] = await database.sql("SELECT owner FROM node");
  await using other = await startServer({ ...more, settings });
  await untilShared(database, 2);

  const done = async (method: string, path: string, body?: unknown) => {
    const answer = await call(other.url, method, path, body);
    assert.ok(answer.status < 300, `${method} ${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  await done("POST", "/app", { name: "Edits", uid: "edits" });
  const subjects: Subject[] = [];
  for (const kind of KINDS) subjects.push({ kind, id: await makeOwned(kind) });

  /** Creates endpoints until one is in a shard of the owner, since the shard depends on the id. */
  async function makeOwned(kind: Kind): Promise<string> {
    for (;;) {
      const { id } = await done("POST", "/app/edits/endpoint", {
        url: `${receiver.url}/${kind}/old`,
        secret: `whsec_${OLD}`,
        retrySchedule: WAITS_SECONDS,
        throttleRate: PER_SECOND,
      });
      const rows = await database.sql(
        "SELECT FROM endpoint JOIN shard USING (shard) WHERE id = $1 AND owner = $2",
        [id, ownersName],
      );
      if (rows.length > 0) return String(id);
      await done("DELETE", `/app/edits/endpoint/${String(id)}`);
    }
  }

  await done("POST", "/app", { name: "Busy", uid: "busy" });
  await done("POST", "/app/busy/endpoint", { url: `${receiver.url}/busy` });
  using load = startLastingLoad({
    ...LOAD,
    urls: () => [owner.url, other.url],
    app: "busy",
    name: "load",
    log: [],
  });

  // All events are published at the owner, so that its lanes are full and need no further claim.
  const events = Array.from({ length: BURST }, (_, n) => {
    const eventId = `${n < STUBBORN ? "stubborn" : "burst"}-${n}`;
    return { eventType: "a.b", eventId, payload: { eventId } };
  });
  const published = await call(owner.url, "POST", "/app/edits/msg/batch", events);
  assert.equal(published.status, 202, JSON.stringify(published.body));
  const findReceipts = (kind: Kind) =>
    receiver.receipts.filter(({ path }) => path.startsWith(`/${kind}/`));
  /** Waits until each of these endpoints gets further requests, retries among them. */
  async function untilSent(kinds: readonly Kind[]): Promise<void> {
    const first = new Map(kinds.map((kind) => [kind, findReceipts(kind).length]));
    await until(`${kinds.join(", ")} are sent to`, () =>
      kinds.every((kind) => {
        const later = findReceipts(kind).slice(first.get(kind));
        return later.length >= SOME && later.some(({ body }) => isStubborn(body));
      }),
    );
  }
  async function change(method: string, path: string, body?: unknown): Promise<Change> {
    const askedAt = Date.now();
    await done(method, path, body);
    return { askedAt, answeredAt: Date.now() };
  }

  const edits: Readonly<Record<Kind, (path: string) => Promise<Change>>> = {
    moved: (path) => change("PATCH", path, { url: `${receiver.url}/moved/new` }),
    headed: (path) => change("PUT", `${path}/headers`, { headers: { "x-note": "changed" } }),
    rotated: (path) => change("POST", `${path}/secret/rotate`, { key: `whsec_${NEW}` }),
    replaced: (path) =>
      change("POST", `${path}/secret/rotate`, { key: `whsec_${BETTER}`, gracePeriodSeconds: 0 }),
    disabled: (path) => change("PATCH", path, { disabled: true }),
    deleted: (path) => change("DELETE", path),
  };
  const changes = new Map<Kind, Change>();
  await untilSent(KINDS);
  for (const { id, kind } of subjects) {
    changes.set(kind, await edits[kind](`/app/edits/endpoint/${id}`));
  }
  await untilSent(["moved", "headed", "rotated", "replaced"]);
  const disabled = subjects.find(({ kind }) => kind === "disabled") as Subject;
  const enabled = await change("PATCH", `/app/edits/endpoint/${disabled.id}`, { disabled: false });
  await untilSent(["disabled"]);
  await load.stop();
  for (const node of [owner, other]) {
    assert.equal(await node.stop(), 0, node.stderr());
    assert.equal(node.stderr(), "");
  }
  assert.deepEqual(load.unexpected, []);
  // A recount agrees with the tallies (I12).
  await checkStore(settings);

  for (const { id, kind } of subjects) {
    const { answeredAt } = changes.get(kind) as Change;
    const attempts = await loadAttempts(database, id, findReceipts(kind));
    const before = attempts.filter(({ at }) => at <= answeredAt);
    const after = attempts.filter(({ at }) => at > answeredAt);
    assert.ok(before.length >= SOME, `${kind} was changed under load`);
    if (kind === "deleted") {
      assert.deepEqual(after, [], "it was sent to after it was deleted");
      continue;
    }
    if (kind === "disabled") {
      const between = after.filter(({ at }) => at < enabled.askedAt);
      assert.deepEqual(between, [], "it was sent to while it was disabled");
      assert.ok(after.length >= SOME, "it continued when it was enabled");
      continue;
    }
    assert.ok(after.length >= SOME, `${kind} was under load after its change`);
    for (const { receipt } of after)
      assert.ok(isAsChanged(kind, receipt), `${kind} was sent with the old settings`);
    assert.ok(
      before.some(({ receipt }) => !isAsChanged(kind, receipt)),
      `${kind} was sent with the new settings before`,
    );
  }
  const tookMs = [...changes.values()].map((one) => one.answeredAt - one.askedAt);
  t.diagnostic(
    `${receiver.receipts.length} attempts; answers to changes took ${tookMs.join(", ")} ms`,
  );
}

/** Pairs the requests of an endpoint with its attempts. */
async function loadAttempts(
  database: TestDatabase,
  endpointId: string,
  receipts: readonly Receipt[],
): Promise<readonly Attempt[]> {
  const rows = await database.sql(
    `SELECT event.id, attempt.at FROM attempt JOIN event ON event.seq = attempt.event_seq
       JOIN endpoint ON endpoint.seq = attempt.endpoint_seq
     WHERE endpoint.id = $1 ORDER BY attempt.at`,
    [endpointId],
  );
  const requests = Map.groupBy(receipts, ({ headers }) => String(headers["webhook-id"]));
  assert.equal(rows.length, receipts.length, "each request is an attempt");
  return rows.map(({ id, at }) => ({
    at: Number(at),
    receipt: requests.get(String(id))?.shift() as Receipt,
  }));
}

function isStubborn(body: string): boolean {
  return body.includes("stubborn");
}

function isAsChanged(kind: Kind, receipt: Receipt): boolean {
  switch (kind) {
    case "moved":
      return receipt.path === "/moved/new";
    case "headed":
      return receipt.headers["x-note"] === "changed";
    case "rotated":
      return isSignedWith(NEW, receipt) && isSignedWith(OLD, receipt);
    case "replaced":
      return isSignedWith(BETTER, receipt) && !isSignedWith(OLD, receipt);
    default:
      return false;
  }
}

function isSignedWith(secret: string, { headers, body }: Receipt): boolean {
  const signed = `${String(headers["webhook-id"])}.${String(headers["webhook-timestamp"])}.${body}`;
  const signature = createHmac("sha256", Buffer.from(secret, "base64")).update(signed);
  return String(headers["webhook-signature"])
    .split(" ")
    .includes(`v1,${signature.digest("base64")}`);
}

async function untilShared(database: TestDatabase, nodes: number): Promise<void> {
  await until(`${nodes} nodes share the shards`, async () => {
    const rows = await database.sql(
      "SELECT count(*)::int AS shards FROM shard WHERE owner IS NOT NULL GROUP BY owner",
    );
    return rows.length === nodes && rows.every(({ shards }) => shards === SHARDS / nodes);
  });
}
