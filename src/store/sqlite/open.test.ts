import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, test } from "node:test";
import { makeApp, mustPublish, newEvent, receivedText, startEngine } from "../contract/fixtures.ts";
import { openStore } from "../open.ts";
import type { StoreOptions } from "../open.ts";

const OPTIONS: StoreOptions = {
  accept: {
    decide: { optOutMatch: "word", stopKeywords: [], unstopKeywords: [], largeTextBytes: 1e6 },
    queueLimit: 1000,
  },
  onFatal: (error) => {
    throw error;
  },
};

describe("opening the store", () => {
  let folder = "";
  let url = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "hookline-open-"));
    url = `sqlite:${folder}/data/hookline.db`;
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  test("makes the folder, and a second opening is refused in one sentence", async () => {
    await using _store = await openStore(url, OPTIONS);
    assert.ok((await readdir(join(folder, "data"))).includes("hookline.db"));
    await assert.rejects(openStore(url, OPTIONS), {
      code: "store_unavailable",
      message: /^Another Hookline process has .*hookline\.db open: .*\.$/,
    });
  });

  test("another process is refused too, and may open once this one has closed", async () => {
    const store = await openStore(url, OPTIONS);
    assert.match(await openElsewhere(folder, url), /refused: Another Hookline process has/);
    await store[Symbol.asyncDispose]();
    assert.match(await openElsewhere(folder, url), /opened/);
  });

  test("a store can be read beside its live server, and cannot be changed that way", async () => {
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

  test("a file that is no database is refused, and its lock given back", async () => {
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

  test("other URLs are refused with what is allowed", async () => {
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

  test("an event is durable before its publisher hears of it: killed in between, it is there", async () => {
    const child = runScript(
      folder,
      `import { openStore } from ${JSON.stringify(new URL("../open.ts", import.meta.url).href)};
      import { makeApp, mustPublish, newEvent } from ${JSON.stringify(new URL("../contract/fixtures.ts", import.meta.url).href)};
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
      once: null,
      acceptedAt: 0,
    });
    assert.equal(again.kind === "accepted" && again.events[0]?.id, found?.id);
  });
});

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
