/**
 * Moving from one file to PostgreSQL: every read answers the same, what was owed is sent once with the
 * same ids and bytes, an interrupted copy goes on, and whatever would make two stores of one is refused.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { test } from "node:test";
import { backUpStore } from "../../src/store/backup.ts";
import { copyStore } from "../../src/store/copy.ts";
import { mustPublish, newEvent, publish } from "../../src/store/contract/fixtures.ts";
import { once as onceOf } from "../../src/store/contract/steps.ts";
import { openStore } from "../../src/store/open.ts";
import type { Store } from "../../src/store/store.ts";
import { deliveredFrom } from "../harness/delivered-from.ts";
import { fillStore, START, type Filled } from "../harness/filled-store.ts";
import { startReceiver, type Receipt } from "../harness/receiver.ts";
import { temporaryFolder } from "../harness/server.ts";
import { answersOf } from "../harness/store-answers.ts";
import { makeDatabase } from "../postgres/databases.ts";
import { GUARDED } from "../postgres/server.ts";

const PROGRAM = resolve(import.meta.dirname, "../../src/main.ts");
const NOWHERE = "http://127.0.0.1:9";

test("every read answers the same, and what was owed is sent once with the same ids and bytes", async () => {
  await using world = await openWorld();
  const { from, to, filled, receiver } = world;
  // The same file, served on instead of moved.
  const beside = `sqlite:${world.folder}/beside.db`;
  await backUpStore(from, { to: `${world.folder}/beside.db` });

  const summary = await copyStore({ from, to, rowsPerChunk: 3 });
  assert.deepEqual(summary.problems, []);
  const answers = await served(beside, (store) => answersAnew(store, filled));
  assert.deepEqual(await served(to, (store) => answersAnew(store, filled)), answers);
  assert.equal(
    summary.totals.created,
    (await served(to, (store) => store.upkeep.totals())).created,
  );

  const expected = await served(beside, (store) => deliveredFrom(store, receiver));
  const sent = await served(to, (store) => deliveredFrom(store, receiver));
  assert.ok(expected.length > 20, `only ${expected.length} were owed`);
  assert.deepEqual(marksOf(sent), marksOf(expected));
  assert.equal(new Set(marksOf(sent)).size, sent.length, "one was sent twice");
  assert.deepEqual(ordersOf(sent), ordersOf(expected));
  assert.deepEqual((await served(to, (store) => store.upkeep.check())).problems, []);
});

test("ids and keys that were used are known, and the feed goes on where a reader was", async () => {
  await using world = await openWorld();
  const { from, to, filled } = world;
  const [appRef = ""] = filled.appIds;
  const before = await served(from, (store) =>
    store.history.feed({ appRef, after: null, limit: 250 }),
  );
  await copyStore({ from, to });
  await served(to, async (store) => {
    const events = filled.published.ids.map((id) => newEvent({ id, eventId: null }));
    const again = await publish(store, appRef, events, { once: onceOf(filled.published.key) });
    assert.ok(again.kind === "accepted" && again.repeated);
    assert.deepEqual(
      again.events.map(({ id, sequence }) => [id, sequence]),
      before?.events.slice(0, 3).map(({ id, sequence }) => [id, sequence]),
    );
    const duplicate = await publish(store, appRef, [newEvent({ eventId: "first-2" })]);
    assert.ok(duplicate.kind === "refused");
    assert.deepEqual(duplicate.duplicates, [{ index: 0, id: filled.published.ids[1] }]);

    // In the minute in which the file was left, with numbers that its rows have.
    const fresh = newEvent();
    const { events: accepted } = await mustPublish(store, appRef, [fresh]);
    const next = await store.history.feed({ appRef, after: before?.next ?? 0, limit: 10 });
    assert.deepEqual(
      next?.events.map(({ id }) => id),
      [fresh.id],
    );
    assert.ok((accepted[0]?.sequence ?? 0) > (before?.next ?? 0));
  });
});

test("an interrupted copy goes on, wherever it was interrupted", async () => {
  await using world = await openWorld();
  const { from, to, filled } = world;
  const whole = await (async () => {
    await using other = await makeDatabase();
    await backUpStore(from, { to: `${world.folder}/whole.db` });
    await copyStore({ from: `sqlite:${world.folder}/whole.db`, to: other.url });
    return await served(other.url, (store) => answersAnew(store, filled));
  })();

  let seen = 0;
  for (let runs = 1; ; runs++) {
    const stop = seen + 40;
    let done = 0;
    const copying = copyStore({
      from,
      to,
      rowsPerChunk: 2,
      onProgress(progress) {
        assert.ok(progress.done >= done && progress.done <= progress.total);
        ({ done } = progress);
        if (done >= stop && progress.stage === "copying") throw new Error("interrupted");
      },
    });
    const error = await copying.then(
      () => null,
      (caught: Error) => caught,
    );
    if (error === null) {
      assert.ok(runs > 3, `it was over after ${runs} runs`);
      break;
    }
    assert.equal(error.message, "interrupted");
    assert.ok(done > seen, "it began anew");
    seen = done;
    await assert.rejects(openStore(to, OPTIONS), /run `hookline copy` again/);
    await assert.rejects(openStore(to, { ...OPTIONS, readOnly: true }), /hookline copy/);
  }
  assert.deepEqual(await served(to, (store) => answersAnew(store, filled)), whole);
});

test("killed while it counts and checks, nothing is served twice: the file still is, and the next run ends it", async () => {
  await using world = await openWorld();
  const { from, to } = world;
  const checking = copyStore({
    from,
    to,
    onProgress({ stage }) {
      if (stage === "checking") throw new Error("interrupted");
    },
  });
  await assert.rejects(checking, /interrupted/);
  await copyStore({ from, to });
  await assert.rejects(openStore(from, OPTIONS), /was moved to 127\.0\.0\.1:\d+\/test_\d+/);
  await served(to, (store) => store.ping());
  const again = await copyStore({ from, to });
  assert.equal(again.wasFinished, true);
});

test("a file that a server had in between is not copied on", async () => {
  await using world = await openWorld();
  const { from, to, filled } = world;
  await assert.rejects(interrupted(from, to), /interrupted/);
  await served(from, (store) => mustPublish(store, filled.appIds[0] ?? "", [newEvent()]));
  await assert.rejects(copyStore({ from, to }), /or of this one before a server had it again/);
  await assert.rejects(openStore(to, OPTIONS), /hookline copy/);
  await served(from, (store) => store.ping());
});

test("what would be two stores of one, or one of two, is refused and changes nothing", async () => {
  await using world = await openWorld();
  const { from, to, filled } = world;
  const refused = async (p: { from?: string; to?: string }, sentence: RegExp): Promise<void> =>
    await assert.rejects(copyStore({ from, to, ...p }), sentence);

  await served(from, () => refused({}, /Another Hookline process has .*hookline\.db open/));
  await served(to, () => refused({}, /A Hookline server has 127\.0\.0\.1:\d+\/test_\d+ open/));
  await refused({ from: `sqlite:${world.folder}/none.db` }, /there is no such file/);
  await refused({ from: "sqlite::memory:" }, /it is a file/);
  await refused({ from: to }, /it is a file/);
  await refused({ to: from }, /it is a PostgreSQL database/);
  await refused({ to: "postgres://127.0.0.1:9/none" }, /cannot be reached/);

  await using full = await makeDatabase();
  await served(full.url, (store) =>
    store.apps.create({ app: { ...APP, id: "app_other" }, once: null }),
  );
  await refused({ to: full.url }, /test_\d+ is in use: its table "app" has rows/);
  const apps = await served(full.url, (store) => store.apps.list(PAGE));
  assert.deepEqual(
    apps.items.map(({ id }) => id),
    ["app_other"],
  );

  const other = `sqlite:${world.folder}/other.db`;
  await served(other, (store) => fillStore(store, NOWHERE));
  await assert.rejects(interrupted(other, to), /interrupted/);
  await refused({}, /holds a part of a copy of another file/);
  await served(from, (store) => store.apps.get({ ref: filled.appIds[0] ?? "" }));

  await copyStore({ from: other, to });
  await using second = await makeDatabase();
  await refused({ from: other, to: second.url }, /The file was moved to .*the store is there/);
  assert.deepEqual(await second.sql("SELECT 1 FROM pg_class WHERE relname = 'app'"), []);
});

test("the command shows the way, survives its death, and names the key and no password", async () => {
  await using world = await openWorld();
  const { from, to } = world;
  await using database = await makeDatabase();
  await database.sql(`GRANT ALL ON SCHEMA public TO ${GUARDED.user}`);
  const url = database.url.replace("hookline@", `guarded:${encodeURIComponent(GUARDED.password)}@`);
  // Killed at its first word.
  const child = startCopy({ HOOKLINE_STORE: url }, "--from", from);
  await once(child.stdout, "data");
  child.kill("SIGKILL");
  await once(child, "exit");

  const { code, output } = await finished(startCopy({ HOOKLINE_STORE: url }, "--from", from));
  assert.equal(code, 0, output);
  assert.match(output, /100 % {2}\d+ of \d+ rows\n/);
  assert.match(output, /holds all that sqlite:.* holds, counted and checked/);
  assert.match(output, /HOOKLINE_SECRET_KEY .*the same key as before/);
  assert.match(output, /key needed +0123456789abcdef/);
  for (const secret of [GUARDED.password, encodeURIComponent(GUARDED.password), "pass"]) {
    assert.ok(!output.includes(secret), `it says "${secret}"`);
  }
  const after = await finished(startCopy({}, "--from", from, "--to", to));
  assert.equal(after.code, 1);
  assert.match(after.output, /hookline: The file was moved to 127\.0\.0\.1/);
});

const OPTIONS = {
  accept: {
    decide: {
      optOutMatch: "word" as const,
      stopKeywords: ["stop"],
      unstopKeywords: ["start"],
      largeTextBytes: 10_000,
    },
    queueLimit: 10_000,
  },
  onFatal(error: Error) {
    throw error;
  },
};
const PAGE = { after: null, limit: 10, backward: false, ascending: false };
const APP = {
  id: "app_1",
  uid: null,
  name: "One",
  throttleRate: null,
  metadata: {},
  test: false,
  createdAt: START,
  updatedAt: START,
};

/** A filled file that nobody serves, an empty database, and a receiver of all its endpoints. */
async function openWorld() {
  const folder = temporaryFolder();
  const from = `sqlite:${folder.path}/hookline.db`;
  const receiver = await startReceiver();
  const filled: Filled = await served(from, (store) => fillStore(store, receiver.url));
  const database = await makeDatabase();
  return {
    folder: folder.path,
    from,
    to: database.url,
    filled,
    receiver,
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]();
      await receiver[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

async function served<T>(url: string, use: (store: Store) => Promise<T>): Promise<T> {
  await using store = await openStore(url, OPTIONS);
  return await use(store);
}

/** After a start that has taken the shards: what was leased before is owed again. */
async function answersAnew(store: Store, filled: Filled): Promise<Record<string, unknown>> {
  await store.shards.hold({ owner: "looks", atMost: 256, leaseMs: 15_000 });
  await store.shards.recover({ owner: "looks" });
  await store.shards.release({ owner: "looks" });
  return await answersOf(store, filled);
}

async function interrupted(from: string, to: string): Promise<void> {
  await copyStore({
    from,
    to,
    rowsPerChunk: 5,
    onProgress({ done }) {
      if (done > 50) throw new Error("interrupted");
    },
  });
}

/** Where it came to, its dedupe id, whether it is a replay, its bytes. */
function marksOf(receipts: readonly Receipt[]): readonly string[] {
  const marks = receipts.map(({ path, headers, body }) =>
    [path, headers["webhook-id"], headers["hookline-replay"], body].join(" "),
  );
  return marks.toSorted();
}

/** In the order of their key. */
function ordersOf(receipts: readonly Receipt[]): readonly number[] {
  const ordered = receipts.filter(({ path }) => path === "/ordered");
  const payloads = ordered.map(({ body }) => JSON.parse(body) as { payloadText: string });
  const numbers = payloads.map(
    ({ payloadText }) => (JSON.parse(payloadText) as { order: number }).order,
  );
  return numbers.filter((order) => order < 4);
}

function startCopy(settings: Readonly<Record<string, string>>, ...words: readonly string[]) {
  return spawn(process.execPath, [PROGRAM, "copy", ...words], {
    env: { PATH: process.env["PATH"], ...settings },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

async function finished(child: ReturnType<typeof startCopy>) {
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  }
  const [code] = (await once(child, "close")) as [number | null];
  return { code, output };
}
