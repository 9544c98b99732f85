/**
 * F9, for I1 and I2: the primary of the database is killed under load and its standby takes over, behind one
 * address as in production. With a synchronous standby no acknowledged event is lost. The control is an
 * asynchronous standby behind a dead link: the same checker must find its loss.
 */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { checkStore } from "../harness/check-store.ts";
import { call, type ServerProcess } from "../harness/server.ts";
import { makeDatabase } from "../postgres/databases.ts";
import { OWNER, startPostgres, SUPERUSER } from "../postgres/server.ts";
import type { Verdict } from "./history.ts";
import { repeatsText, startLastingLoad } from "./harness/lasting-load.ts";
import { pickCycles } from "./harness/length.ts";
import { cannotStandBy } from "./harness/machine.ts";
import { startMovingProxy } from "./harness/moving-proxy.ts";
import { until } from "./harness/until.ts";
import { assertKept, openWorld } from "./harness/world.ts";
import { createIdSources } from "../harness/seed.ts";

const draws = createIdSources("f09-database-failover");

const FAILOVERS = pickCycles({ short: 1, long: 10 });
const NODES = 2;
const IN_FLIGHT = 16;
const LOAD = { publishers: 6, requestsPerSecond: 20 };
const LONGEST_LIFE_MS = 800;
/** The number of events before the primary is killed, and after the standby has taken over. */
const SOME = 50;
const STANDBY = "standby";
const SECRET_KEY = Buffer.alloc(32, 9).toString("base64");

/** Starts a primary, and a standby that follows it through a link which the test can cut. */
async function startPair(p: { isSynchronous: boolean }) {
  await using opened = new AsyncDisposableStack();
  const primary = opened.use(await startPostgres());
  // The database is not disposed of: it disappears with its server, which may be dead at the end.
  const database = await makeDatabase({ server: primary });
  const link = opened.use(await startMovingProxy(primary.port));
  const standby = opened.use(
    await startPostgres({
      primaryServer: primary,
      settings: {
        primary_conninfo: `host=127.0.0.1 port=${link.port} user=${SUPERUSER} application_name=${STANDBY}`,
      },
    }),
  );
  if (p.isSynchronous) {
    await database.sql(`ALTER SYSTEM SET synchronous_standby_names = '${STANDBY}'`);
    await database.sql("SELECT pg_reload_conf()");
  }
  await until("the standby follows", async () => {
    const [row] = await database.sql("SELECT state, sync_state FROM pg_stat_replication");
    return (
      row?.["state"] === "streaming" && row["sync_state"] === (p.isSynchronous ? "sync" : "async")
    );
  });
  const resources = opened.move();
  return {
    primary,
    database,
    link,
    standby,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

async function failOver(t: TestContext, p: { isSynchronous: boolean }): Promise<Verdict> {
  await using pair = await startPair(p);
  const { primary, database, link, standby } = pair;
  await using address = await startMovingProxy(primary.port);
  await using world = await openWorld({
    file: "",
    endpoints: 2,
    settings: {
      HOOKLINE_STORE: `postgres://${OWNER}@127.0.0.1:${address.port}/${database.name}`,
      HOOKLINE_SECRET_KEY: SECRET_KEY,
      HOOKLINE_ATTEMPTS_IN_FLIGHT: String(IN_FLIGHT),
    },
  });
  await using first = await world.start();
  await world.setUp(first);
  await using second = await world.start();
  const urls = [first.url, second.url];
  using load = startLastingLoad({
    ...LOAD,
    urls: () => urls,
    app: world.app,
    name: "f9",
    log: world.publishes,
  });
  async function untilMore(what: string): Promise<void> {
    const [acknowledged, arrived] = [load.acknowledged(), world.receipts.length];
    await until(
      what,
      () => load.acknowledged() > acknowledged + SOME && world.receipts.length > arrived + SOME,
    );
  }
  await untilMore("events are accepted and arrive");
  await sleep(draws.below(LONGEST_LIFE_MS));
  if (!p.isSynchronous) {
    link.freeze();
    await untilMore("events are accepted that the standby never gets");
  }

  const killedAt = performance.now();
  await primary.stop("kill");
  address.pointTo(null);
  link.pointTo(null);
  await standby.promote();
  const { delivered } = await checkStore({
    ...world.settings,
    HOOKLINE_STORE: standby.url(database.name, { user: OWNER }),
  });
  // Events that were sent but that the new primary has not recorded, and attempts in flight that are not
  // counted yet.
  const inFlight = Math.max(0, world.receipts.length - delivered) + NODES * IN_FLIGHT;
  const acknowledged = load.acknowledged();
  const turnedAt = performance.now();
  address.pointTo(standby.port);
  await until("an event is accepted again", () => load.acknowledged() > acknowledged);
  const [away, after] = [turnedAt - killedAt, performance.now() - turnedAt].map(Math.round);
  t.diagnostic(`no primary for ${away} ms, first event accepted ${after} ms later`);
  await untilMore("events are accepted and arrive again");
  await load.stop();
  await world.settle(second, p.isSynchronous ? undefined : 3_000);
  const verdict = await world.verdict(second, inFlight);
  t.diagnostic(repeatsText(load));
  t.diagnostic(`in flight at most ${inFlight}`);
  assert.deepEqual(load.unexpected.slice(0, 3), []);
  if (p.isSynchronous) {
    for (const node of [first, second]) {
      assert.equal(await node.stop(), 0, node.stderr());
      assert.equal(node.stderr(), "");
    }
  }
  return verdict;
}

test(
  "F9 a primary killed under load loses nothing that its synchronous standby received",
  { skip: cannotStandBy },
  async (t) => {
    for (let n = 0; n < FAILOVERS; n += 1) {
      const verdict = await failOver(t, { isSynchronous: true });
      assert.equal(verdict.counts.unknown, 0);
      assertKept(t, verdict);
    }
  },
);

test(
  "F9 control: an asynchronous standby loses the events that it did not receive, and the loss is found",
  { skip: cannotStandBy },
  async (t) => {
    const { violations, counts } = await failOver(t, { isSynchronous: false });
    const lost = violations.filter(({ rule }) => rule === "acknowledged is stored");
    assert.ok(lost.length > 0, "the control lost nothing, so this row proves nothing");
    t.diagnostic(`${lost.length / 2} of ${counts.ok} acknowledged events lost, and found`);
  },
);

test(
  "F9 a commit whose wait for its standby is cancelled is not acknowledged, and its repeat waits for the standby too",
  { skip: cannotStandBy },
  async () => {
    await using pair = await startPair({ isSynchronous: true });
    const { primary, database, link } = pair;
    await using world = await openWorld({
      file: "",
      settings: {
        HOOKLINE_STORE: primary.url(database.name, { user: OWNER }),
        HOOKLINE_SECRET_KEY: SECRET_KEY,
      },
    });
    await using first = await world.start();
    await world.setUp(first);
    await using second = await world.start();
    const event = { eventType: "load.test", payload: {} };
    const publish = async ({ url }: ServerProcess, key = "cut") =>
      await call(url, "POST", `/app/${world.app}/msg`, event, { "idempotency-key": key });
    const stored = async () => (await database.sql("SELECT id FROM event")).map(({ id }) => id);
    // These publishes reserve each node's block of numbers, so that the next one writes nothing else.
    const before = [await publish(first, "one"), await publish(second, "two")];
    const known = before.map(({ body }) => body["id"]);

    link.freeze();
    // The first node commits. The second finds the committed event, and must wait for the standby as well.
    for (const node of [first, second]) {
      let isAnswered = false;
      const answer = publish(node).finally(() => (isAnswered = true));
      await until("it is cancelled", async () => {
        await database.sql(
          "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'",
        );
        return isAnswered;
      });
      const { status, body } = await answer;
      assert.equal(status, 503, JSON.stringify(body));
    }
    const made = (await stored()).filter((id) => !known.includes(id));
    assert.equal(made.length, 1);
    link.thaw();
    const { status, body } = await publish(second);
    assert.deepEqual([status, [body["id"]]], [202, made]);
    await until("all arrive", () => new Set(world.receipts.map(({ id }) => id)).size === 3);
    for (const node of [first, second]) assert.equal(await node.stop(), 0, node.stderr());
  },
);
