/**
 * A move from a file to PostgreSQL: every read returns the same, and pending deliveries are sent once with
 * the same ids and bytes. An interrupted copy continues where it stopped.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { backUpStore } from "../../src/store/maintenance/backup.ts";
import { copyStore } from "../../src/store/copy/copy.ts";
import { LINES, NUMBERS, USER_IDS } from "../contract/persons.ts";
import { personEvent } from "../contract/store/user-ids.ts";
import { mustPublish, newEvent, publish } from "../contract/store/fixtures.ts";
import { idempotencyKey as toOnce } from "../contract/store/steps.ts";
import { openStore } from "../../src/store/open.ts";
import { answersAfterRestart, APP, openWorld, OPTIONS, served } from "../harness/copy-world.ts";
import { deliveredFrom } from "../harness/delivered-from.ts";
import type { Receipt } from "../harness/receiver.ts";
import { temporaryFolder } from "../harness/server.ts";
import { makeDatabase } from "../postgres/databases.ts";
import { GUARDED } from "../postgres/server.ts";

const PROGRAM = resolve(import.meta.dirname, "../../src/main.ts");

test("after a move every read returns the same, and each pending delivery is sent once with the same id and bytes", async () => {
  await using world = await openWorld();
  const { from, to, filled, receiver } = world;
  // A backup of the same file, which is served as a reference.
  const beside = `sqlite:${world.folder}/beside.db`;
  await backUpStore(from, { to: `${world.folder}/beside.db` });

  const summary = await copyStore({ from, to, rowsPerChunk: 3 });
  assert.deepEqual(summary.problems, []);
  const answers = await served(beside, (store) => answersAfterRestart(store, filled));
  assert.deepEqual(await served(to, (store) => answersAfterRestart(store, filled)), answers);
  assert.equal(
    summary.totals.created,
    (await served(to, (store) => store.upkeep.totals())).created,
  );

  const expected = await served(beside, (store) => deliveredFrom(store, receiver));
  const sent = await served(to, (store) => deliveredFrom(store, receiver));
  assert.ok(expected.length > 20, `only ${expected.length} were pending`);
  assert.deepEqual(toMarks(sent), toMarks(expected));
  assert.equal(new Set(toMarks(sent)).size, sent.length, "one was sent twice");
  assert.deepEqual(toOrders(sent), toOrders(expected));
  assert.deepEqual((await served(to, (store) => store.upkeep.check())).problems, []);
});

test("used ids and keys are known after a move, and the event log continues at a reader's position", async () => {
  await using world = await openWorld();
  const { from, to, filled } = world;
  const [appRef = ""] = filled.appIds;
  const before = await served(from, (store) =>
    store.history.feed({ appRef, after: null, limit: 250 }),
  );
  await copyStore({ from, to });
  await served(to, async (store) => {
    const events = filled.published.ids.map((id) => newEvent({ id, eventId: null }));
    const again = await publish(store, appRef, events, {
      idempotencyKey: toOnce(filled.published.key),
    });
    assert.ok(again.kind === "accepted" && again.repeated);
    assert.deepEqual(
      again.events.map(({ id, sequence }) => [id, sequence]),
      before?.events.slice(0, 3).map(({ id, sequence }) => [id, sequence]),
    );
    const duplicate = await publish(store, appRef, [newEvent({ eventId: "first-2" })]);
    assert.ok(duplicate.kind === "refused");
    assert.deepEqual(duplicate.duplicates, [{ index: 0, id: filled.published.ids[1] }]);

    // The event has the minute and the numbers that the last rows of the file have.
    const fresh = newEvent();
    const { events: accepted } = await mustPublish(store, appRef, [fresh]);
    const next = await store.history.feed({ appRef, after: before?.next ?? null, limit: 10 });
    assert.deepEqual(
      next?.events.map(({ id }) => id),
      [fresh.id],
    );
    assert.ok((accepted[0]?.sequence ?? 0) > (before?.events.at(-1)?.sequence ?? Infinity));
  });
});

test("the event log continues after every sequence in use, also when retention has removed the event", async () => {
  using folder = temporaryFolder();
  await using database = await makeDatabase();
  const from = `sqlite:${folder.path}/hookline.db`;
  const farAlong = 900_000_000_000;
  await served(from, async (store) => {
    await store.apps.create({ app: APP, idempotencyKey: null });
  });
  const file = new DatabaseSync(`${folder.path}/hookline.db`);
  file
    .prepare("INSERT OR REPLACE INTO setting (name, value) VALUES ('sequence.event', ?)")
    .run(String(farAlong));
  file.close();
  await copyStore({ from, to: database.url });
  const accepted = await served(database.url, (store) => mustPublish(store, APP.id, [newEvent()]));
  assert.ok((accepted.events[0]?.sequence ?? 0) > farAlong);
});

test("a person is found by number and user id after a move, with the opt-outs of both", async () => {
  using folder = temporaryFolder();
  await using database = await makeDatabase();
  const from = `sqlite:${folder.path}/hookline.db`;
  const [[line, other], [number], [userId, later]] = [LINES, NUMBERS, USER_IDS];
  const step = { line, number, userId, optOut: null };
  const before = [
    { ...step, number: null, optOut: "STOP" },
    { ...step, userId: null },
    { ...step, line: other },
  ] as const;
  await served(from, async (store) => {
    await store.apps.create({ app: APP, idempotencyKey: null });
    for (const one of before) await mustPublish(store, APP.id, [personEvent(one)]);
  });
  await copyStore({ from, to: database.url });
  await served(database.url, async (store) => {
    await mustPublish(store, APP.id, [
      personEvent({ ...step, number: null }),
      personEvent({ ...step, userId: later }),
    ]);
    assert.deepEqual((await store.upkeep.check()).problems, []);
  });
  assert.deepEqual(
    await database.sql(`SELECT contact, opted_out FROM conversation WHERE line = '${line}'`),
    [{ contact: number, opted_out: true }],
  );
});

test("an interrupted copy continues, wherever it was interrupted", async () => {
  await using world = await openWorld();
  const { from, to, filled } = world;
  const whole = await (async () => {
    await using other = await makeDatabase();
    await backUpStore(from, { to: `${world.folder}/whole.db` });
    await copyStore({ from: `sqlite:${world.folder}/whole.db`, to: other.url });
    return await served(other.url, (store) => answersAfterRestart(store, filled));
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
    assert.ok(done > seen, "it started again from the beginning");
    seen = done;
    await assert.rejects(openStore(to, OPTIONS), /run `hookline copy` again/);
    await assert.rejects(openStore(to, { ...OPTIONS, readOnly: true }), /hookline copy/);
  }
  assert.deepEqual(await served(to, (store) => answersAfterRestart(store, filled)), whole);
});

test("the command reports its progress, survives a kill, and names the key and no password", async () => {
  await using world = await openWorld();
  const { from, to } = world;
  await using database = await makeDatabase();
  await database.sql(`GRANT ALL ON SCHEMA public TO ${GUARDED.user}`);
  const url = database.url.replace("hookline@", `guarded:${encodeURIComponent(GUARDED.password)}@`);
  // The command is killed at its first output.
  const child = startCopy({ HOOKLINE_STORE: url }, "--from", from);
  await once(child.stdout, "data");
  child.kill("SIGKILL");
  await once(child, "exit");

  const { code, output } = await finished(startCopy({ HOOKLINE_STORE: url }, "--from", from));
  assert.equal(code, 0, output);
  assert.match(output, /100 % {2}\d+ of \d+ rows\n/);
  assert.match(output, /Everything in sqlite:.* has been copied to .*, counted and checked/);
  assert.match(output, /HOOKLINE_SECRET_KEY .*the same key as before/);
  assert.match(output, /key needed +0123456789abcdef/);
  for (const secret of [GUARDED.password, encodeURIComponent(GUARDED.password), "pass"]) {
    assert.ok(!output.includes(secret), `it says "${secret}"`);
  }
  const after = await finished(startCopy({}, "--from", from, "--to", to));
  assert.equal(after.code, 1);
  assert.match(after.output, /hookline: The file was moved to 127\.0\.0\.1/);
});

/** The path, the dedupe id, the replay header and the body of each receipt. */
function toMarks(receipts: readonly Receipt[]): readonly string[] {
  const marks = receipts.map(({ path, headers, body }) =>
    [path, headers["webhook-id"], headers["hookline-replay"], body].join(" "),
  );
  return marks.toSorted();
}

/** The numbers of the ordered events, in the order of their arrival. */
function toOrders(receipts: readonly Receipt[]): readonly number[] {
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
