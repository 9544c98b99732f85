import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { link, mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, test } from "node:test";
import {
  makeApp,
  mustPublish,
  newEvent,
  receivedText,
  startEngine,
} from "../../../test/contract/store/fixtures.ts";
import { backUpStore } from "../maintenance/backup.ts";
import { openStore } from "../open.ts";
import type { StoreOptions } from "../options.ts";

const OPTIONS: StoreOptions = {
  accept: {
    decide: { optOutMatch: "word", stopKeywords: [], unstopKeywords: [], largeTextBytes: 1e6 },
  },
  onFatal: (error) => {
    throw error;
  },
};

describe("opening a store", () => {
  let folder = "";
  let url = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "hookline-open-"));
    url = `sqlite:${folder}/data/hookline.db`;
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  test("opening creates the folder, and a second opening is refused in one sentence", async () => {
    await using _store = await openStore(url, OPTIONS);
    assert.ok((await readdir(join(folder, "data"))).includes("hookline.db"));
    await assert.rejects(openStore(url, OPTIONS), {
      code: "store_unavailable",
      message: /^Another Hookline process has .*hookline\.db open: .*\.$/,
    });
  });

  test("a second process is refused until the first one closes the store", async () => {
    const store = await openStore(url, OPTIONS);
    assert.match(await openElsewhere(folder, url), /refused: Another Hookline process has/);
    await store[Symbol.asyncDispose]();
    assert.match(await openElsewhere(folder, url), /opened/);
  });

  test("a symbolic link to the store or to its folder leads to the same lock", async () => {
    await using _store = await openStore(url, OPTIONS);
    const data = join(folder, "data");
    await symlink(join(data, "hookline.db"), join(folder, "link.db"));
    await symlink(data, join(folder, "linked"));
    for (const path of ["link.db", "linked/hookline.db"]) {
      await assert.rejects(
        openStore(`sqlite:${join(folder, path)}`, OPTIONS),
        /^AppError: Another Hookline process has .*\/data\/hookline\.db open: /,
        path,
      );
    }
    assert.ok(!(await readdir(folder)).includes("link.db.lock"), "the lock lies beside the file");
  });

  test("a link to a store that is created later leads to the same lock", async () => {
    await mkdir(join(folder, "data"));
    await symlink(join(folder, "data"), join(folder, "linked"));
    await using _store = await openStore(`sqlite:${join(folder, "linked/hookline.db")}`, OPTIONS);
    await assert.rejects(openStore(url, OPTIONS), /Another Hookline process has/);
  });

  test("a dangling symbolic link is refused, and nothing is created", async () => {
    const link = join(folder, "hookline.db");
    await symlink(join(folder, "unmounted", "hookline.db"), link);
    await assert.rejects(openStore(`sqlite:${link}`, OPTIONS), {
      code: "store_unavailable",
      message:
        /hookline\.db is a symbolic link to .*unmounted\/hookline\.db, which cannot be opened: /,
    });
    assert.deepEqual(await readdir(folder), ["hookline.db"]);
  });

  test("a store with several hard links is refused for a server, for readers and for backups", async () => {
    await (await openStore(url, OPTIONS))[Symbol.asyncDispose]();
    const other = join(folder, "other.db");
    await link(join(folder, "data", "hookline.db"), other);
    const refusal = { code: "store_unavailable", message: /hookline\.db has 2 hard links, / };
    await assert.rejects(openStore(url, OPTIONS), refusal);
    await assert.rejects(openStore(url, { ...OPTIONS, readOnly: true }), refusal);
    await assert.rejects(backUpStore(url, { to: join(folder, "copy.db") }), refusal);
    await rm(other);
    await (await openStore(url, OPTIONS))[Symbol.asyncDispose]();
  });

  for (const [how, name, move] of [
    ["deleted", "hookline.db", async (file: string) => await rename(file, `${file}.aside`)],
    ["replaced", "hookline.db", replace],
    ["without its log", "hookline.db-wal", replace],
    ["without its lock", "hookline.db.lock", replace],
  ] as const) {
    test(`a store that is ${how} under its server refuses writes with the reason, until the file is back`, async () => {
      const problems: (Error | null)[] = [];
      let wake = (): void => undefined;
      const onFilesMoved = (problem: Error | null) => {
        problems.push(problem);
        wake();
      };
      const waitForProblems = async (count: number) => {
        while (problems.length < count) await new Promise<void>((resolve) => (wake = resolve));
      };
      await using store = await openStore(url, { ...OPTIONS, onFilesMoved });
      const { app } = await makeApp(store);
      const file = join(folder, "data", name);
      await move(file);
      // Each write checks the database file itself; the other files are checked twice a second.
      if (name !== "hookline.db") await waitForProblems(1);
      const publish = () => mustPublish(store, app.id, [newEvent()]);
      const refusal = {
        code: "store_unavailable",
        message: new RegExp(`${name} was deleted, renamed or replaced`),
      };
      await assert.rejects(publish(), refusal);
      await assert.rejects(store.ping(), refusal);
      await waitForProblems(1);
      assert.match(problems[0]?.message ?? "", refusal.message);
      await rename(`${file}.aside`, file);
      await waitForProblems(2);
      assert.equal(problems[1], null);
      await publish();
    });
  }

  test("a log without its store is refused before SQLite would delete it", async () => {
    await mkdir(join(folder, "data"));
    await writeFile(join(folder, "data", "hookline.db-wal"), "acknowledged");
    await assert.rejects(openStore(url, OPTIONS), {
      message: /hookline\.db-wal exists, but its store .*hookline\.db does not: /,
    });
  });

  test("a store can be read beside its live server, but not changed", async () => {
    await using store = await openStore(url, OPTIONS);
    const { app } = await makeApp(store);
    await using beside = await openStore(url, { ...OPTIONS, readOnly: true });
    assert.deepEqual(await beside.apps.get({ ref: app.id }), app);
    await assert.rejects(beside.apps.delete({ ref: app.id, now: 0 }), /reading only/);
  });

  test("a schema with a migration of a newer program is refused", async () => {
    await (await openStore(url, OPTIONS))[Symbol.asyncDispose]();
    const db = new DatabaseSync(join(folder, "data", "hookline.db"));
    db.exec("INSERT INTO migration SELECT '2099-01-01-future', max(ordinal) + 1 FROM migration");
    db.close();
    await assert.rejects(openStore(url, OPTIONS), { message: /2099-01-01-future/ });
  });

  test("a file that is not a database is refused, and its lock is released", async () => {
    await (await openStore(url, OPTIONS))[Symbol.asyncDispose]();
    const db = new DatabaseSync(join(folder, "data", "hookline.db"));
    db.exec("DROP TABLE migration");
    db.close();
    await assert.rejects(openStore(url, OPTIONS));
    await assert.rejects(openStore(url, OPTIONS), (error: Error) => !/Another/.test(error.message));
  });

  test("a store in memory answers queries, delivers, and is gone when closed", async () => {
    const store = await openStore("sqlite::memory:", OPTIONS);
    const { app } = await makeApp(store, {});
    const engine = await startEngine(store);
    const { events } = await mustPublish(store, app.id, [receivedText({ id: "m" })]);
    const found = await store.history.getEvent({ appRef: app.id, ref: events[0]?.id ?? "" });
    assert.equal(found?.type, "message.received");
    assert.equal(engine.leased.length, 2);
    await store[Symbol.asyncDispose]();
    await using again = await openStore("sqlite::memory:", OPTIONS);
    assert.equal(await again.apps.get({ ref: app.id }), null);
  });

  test("other URLs are refused with the allowed schemes", async () => {
    await assert.rejects(openStore("mysql://u:secret@h/db", OPTIONS), (error: Error) => {
      assert.doesNotMatch(error.message, /secret/);
      return /begins with "sqlite:"/.test(error.message);
    });
  });

  test("a closed store refuses calls", async () => {
    const store = await openStore(url, OPTIONS);
    await store[Symbol.asyncDispose]();
    await assert.rejects(store.ping(), { code: "store_unavailable" });
  });

  test("an event is durable before its publisher receives the answer: after a kill in between, it is there", async () => {
    const child = runScript(
      folder,
      `import { openStore } from ${JSON.stringify(new URL("../open.ts", import.meta.url).href)};
      import { makeApp, mustPublish, newEvent } from ${JSON.stringify(new URL("../../../test/contract/store/fixtures.ts", import.meta.url).href)};
      const options = ${JSON.stringify({ accept: OPTIONS.accept, failpoint: "after-commit-before-reply" })};
      const store = await openStore(${JSON.stringify(url)}, { ...options, onFatal() {} });
      const { app } = await makeApp(store);
      process.stdout.write(app.id + "\\n");
      await mustPublish(store, app.id, [newEvent({ eventId: "e-1" })]);
      process.stdout.write("answered\\n");`,
    );
    const { output, errors, signal } = await child;
    assert.equal(signal, "SIGKILL");
    assert.match(errors, /failpoint after-commit-before-reply/);
    assert.doesNotMatch(output, /answered/);
    const appRef = output.trim();
    await using store = await openStore(url, OPTIONS);
    const found = await store.history.getEvent({ appRef, ref: "e-1" });
    assert.equal(found?.eventId, "e-1");
    const again = await store.accept.publish({
      appRef,
      createApp: null,
      events: [newEvent({ eventId: "e-1" })],
      onDuplicate: "skip",
      idempotencyKey: null,
      acceptedAt: 0,
    });
    assert.equal(again.kind === "accepted" && again.events[0]?.id, found?.id);
  });
});

async function replace(file: string): Promise<void> {
  await rename(file, `${file}.aside`);
  await writeFile(file, "");
}

async function openElsewhere(folder: string, url: string): Promise<string> {
  const { output } = await runScript(
    folder,
    `import { openStore } from ${JSON.stringify(new URL("../open.ts", import.meta.url).href)};
    const options = ${JSON.stringify({ accept: OPTIONS.accept })};
    try {
      const store = await openStore(${JSON.stringify(url)}, { ...options, onFatal() {} });
      process.stdout.write("opened");
      await store[Symbol.asyncDispose]();
    } catch (error) {
      process.stdout.write("refused: " + error.message);
    }`,
  );
  return output;
}

async function runScript(
  folder: string,
  script: string,
): Promise<{ output: string; errors: string; signal: NodeJS.Signals | null }> {
  const file = join(folder, "script.mjs");
  await writeFile(file, script);
  const child = spawn(process.execPath, [file]);
  let output = "";
  let errors = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  const [, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  return { output, errors, signal };
}
