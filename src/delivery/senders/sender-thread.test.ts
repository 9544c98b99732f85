/** The main thread's side of a sender thread that ends, answers late, or does not answer. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Worker } from "node:worker_threads";
import { NO_TAP } from "../../core/live/notice.ts";
import { openStore } from "../../store/open.ts";
import { openOwnerAccess } from "../../store/thread/owner-messages.ts";
import type { Store } from "../../store/store.ts";
import { createMemory } from "./messages.ts";
import { startSenderThread } from "./sender-thread.ts";

let store: Store;
before(async () => {
  store = await openStore("sqlite::memory:", {
    accept: {
      decide: { optOutMatch: "word", stopKeywords: [], unstopKeywords: [], largeTextBytes: 1e6 },
    },
    onFatal: (error) => {
      throw error;
    },
  });
});
after(() => store[Symbol.asyncDispose]());

/** `program` is the source of the thread. */
function open(program: string) {
  const failed = Promise.withResolvers<Error>();
  const lines: string[] = [];
  const thread = startSenderThread({
    store,
    start: {
      owner: "node/1",
      siblings: ["node/1"],
      limits: {},
      keys: { current: { key: new Uint8Array(32), keyId: 1 }, previous: null, isSettled: true },
      access: openOwnerAccess(store),
      memory: createMemory(),
    },
    openThread: () =>
      new Worker(`const { parentPort } = require("node:worker_threads"); ${program}`, {
        eval: true,
      }),
    live: NO_TAP,
    log: { write: (line) => void lines.push(line) },
    onFailed: failed.resolve,
  });
  return { thread, failed: failed.promise, lines };
}

for (const [name, program] of [
  ["throws", 'throw new Error("a bug of the thread");'],
  ["ends", "process.exit(0);"],
] as const) {
  test(`a thread that ${name} without having been stopped fails the server`, async () => {
    const { thread, failed } = open(program);
    assert.match((await failed).message, /A sender thread stopped/);
    await assert.rejects(thread.started, /A sender thread stopped/);
    assert.deepEqual(await thread.readMetrics(), []);
  });
}

test("a thread that answers no scrape counts as before, so that no counter falls", async () => {
  const { thread } = open(`
    let asked = 0;
    parentPort.on("message", ({ kind }) => {
      if (kind === "count" && ++asked === 1) {
        parentPort.postMessage({ kind: "counted", metrics: [{ name: "a" }] });
      }
      if (kind === "stop") parentPort.postMessage({ kind: "stopped" });
    });
    parentPort.postMessage({ kind: "started" });`);
  await thread.started;
  assert.deepEqual(await thread.readMetrics(), [{ name: "a" }]);
  assert.deepEqual(await thread.readMetrics(), [{ name: "a" }]);
  await thread.stop({ graceMs: 0 });
});

test("a call that is none of an owner is refused", async () => {
  const { thread, lines } = open(`
    const call = { id: 1, name: "apps.delete", p: { ref: "a" } };
    parentPort.on("message", ({ reply }) => {
      parentPort.postMessage({ kind: "lines", lines: [String(reply.answers[0][1])] });
      parentPort.postMessage({ kind: "started" });
    });
    parentPort.postMessage({ kind: "store", calls: [call] });`);
  await thread.started;
  assert.deepEqual(lines, ["false"]);
  await thread.stop({ graceMs: 0 }).catch(() => undefined);
});
