/**
 * Recovery as a durable job, through the official SDK. 2,000 failed deliveries are sent again while the
 * server is killed in the middle. Events that were missed while an endpoint was disabled arrive with their
 * original ids. A cancelled replay stops, the command line reports progress, and every delivery is accounted
 * for.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { BackgroundTaskStatus, BackgroundTaskType, MessageStatus, Svix } from "svix";
import { readSettings } from "../../src/config/read-settings.ts";
import { storeOptions } from "../../src/config/store-options.ts";
import { newEvent } from "../contract/store/fixtures.ts";
import { claimDue, finish } from "../contract/store/steps.ts";
import { openStore } from "../../src/store/open.ts";
import { checkStore } from "../harness/check-store.ts";
import { eventually } from "../harness/engine.ts";
import { startReceiver } from "../harness/receiver.ts";
import type { Receipt } from "../harness/receiver.ts";
import { startServer, temporaryFolder, TOKEN } from "../harness/server.ts";

const FAILED = 2000;
const MISSED = 30;
const APP = "blue-door";
const ENDPOINT = "crm";
const PROGRAM = resolve(import.meta.dirname, "../../src/main.ts");
const since = new Date(Date.now() - 3_600_000);

test("a recovery survives a restart, and each kind of replay sends exactly its deliveries", async () => {
  using folder = temporaryFolder();
  await using receiver = await startReceiver();
  const settings = {
    HOOKLINE_STORE: `sqlite:${folder.path}/hookline.db`,
    HOOKLINE_EGRESS_ALLOW: `127.0.0.1/32:${receiver.port}`,
    HOOKLINE_REPLAY_RATE: "1000",
  };
  const createSdk = (url: string) => new Svix(TOKEN, { serverUrl: url, retryScheduleInMs: [] });

  let server = await startServer({ settings });
  let svix = createSdk(server.url);
  await svix.application.create({ name: "Blue Door", uid: APP });
  await svix.endpoint.create(APP, { url: receiver.url, uid: ENDPOINT, disabled: true });
  await svix.endpoint.patch(APP, ENDPOINT, { disabled: false });
  assert.equal(await server.stop(), 0);
  const failed = await writeFailed(settings, FAILED);

  server = await startServer({ settings });
  svix = createSdk(server.url);
  const asked = await svix.endpoint.recover(APP, ENDPOINT, { since });
  assert.deepEqual(
    [asked.status, asked.task],
    [BackgroundTaskStatus.Running, BackgroundTaskType.EndpointRecover],
  );
  await receiver.until(() => receiver.receipts.length > FAILED / 10);
  await server.kill();
  const beforeKill = receiver.receipts.length;
  assert.ok(beforeKill < FAILED, "it was over before it was killed");

  server = await startServer({ settings });
  svix = createSdk(server.url);
  const over = await finished(svix, asked.id);
  assert.deepEqual(
    [over.status, over.data.messagesSent, over.data.progress],
    ["finished", FAILED, 1],
  );
  await receiver.until(() => toIds(receiver.receipts).size === FAILED);
  assert.deepEqual(toIds(receiver.receipts), new Set(failed));
  assert.ok(receiver.receipts.every(({ headers }) => headers["hookline-replay"] === "1"));
  const twice = receiver.receipts.length - FAILED;
  assert.ok(twice <= 512, `${twice} came twice, more than can be in flight at once`);

  // Part 2: events are missed while the endpoint is disabled.
  await svix.endpoint.patch(APP, ENDPOINT, { disabled: true });
  const missed = new Set<string>();
  for (let n = 0; n < MISSED; n++) {
    missed.add((await svix.message.create(APP, { eventType: "x.y", payload: { n } })).id);
  }
  await svix.endpoint.patch(APP, ENDPOINT, { disabled: false });
  const before = receiver.receipts.length;
  const printed = await hookline(
    settings,
    `replay --app ${APP} --endpoint ${ENDPOINT} --since 1h --missing --url ${server.url}`,
  );
  assert.match(printed, /^qtask_\w+: sending missed messages since /);
  assert.match(printed, new RegExp(`100 %  ${MISSED} sent, done\n$`));
  await receiver.until(() => receiver.receipts.length === before + MISSED);
  assert.deepEqual(toIds(receiver.receipts.slice(before)), missed);
  const { data: tasks } = await svix.backgroundTask.list({
    task: BackgroundTaskType.EndpointReplay,
  });
  assert.deepEqual(
    tasks.map(({ data }) => data.messagesSent),
    [MISSED],
  );
  assert.equal(await server.stop(), 0);

  // Part 3: a replay is cancelled half way.
  server = await startServer({ settings: { ...settings, HOOKLINE_REPLAY_RATE: "40" } });
  svix = createSdk(server.url);
  const slow = await svix.endpoint.bulkReplay(APP, ENDPOINT, {
    since,
    status: MessageStatus.Success,
  });
  const from = receiver.receipts.length;
  await receiver.until(() => receiver.receipts.length > from);
  const stopped = await hookline(
    settings,
    `task ${slow.id} --cancel --url ${server.url} --token ${TOKEN}`,
  ).catch((error: { code: number; stdout: string }) => `${error.code} ${error.stdout}`);
  assert.match(stopped, /^1 .* sent, cancelled\n$/s);
  const cancelled = await svix.backgroundTask.get(slow.id);
  assert.equal(cancelled.status, "failed");
  assert.equal(cancelled.data.reason, "cancelled");
  assert.ok(cancelled.data.messagesSent < FAILED / 2);
  await receiver.until(() => receiver.receipts.length === from + cancelled.data.messagesSent);
  assert.equal(await server.stop(), 0);

  const { created, delivered, failed: left } = await checkStore(settings);
  assert.deepEqual([created, delivered, left], [FAILED + MISSED, FAILED + MISSED, 0]);
  assert.equal(receiver.receipts.length, from + cancelled.data.messagesSent);
});

function toIds(receipts: readonly Receipt[]): Set<string> {
  return new Set(receipts.map(({ headers }) => String(headers["webhook-id"])));
}

/**
 * Writes deliveries that failed for good, while no server has the store open. Returns the ids of the events.
 */
async function writeFailed(
  environment: Readonly<Record<string, string>>,
  count: number,
): Promise<readonly string[]> {
  const read = readSettings(environment);
  assert.ok(read.ok);
  await using store = await openStore(read.settings.store, storeOptions(read.settings));
  const at = Date.now() - 60_000;
  const events = Array.from({ length: count }, () => newEvent({ type: "x.y" }));
  for (let from = 0; from < count; from += 500) {
    const published = await store.accept.publish({
      appRef: APP,
      createApp: null,
      events: events.slice(from, from + 500),
      onDuplicate: "refuse",
      idempotencyKey: null,
      acceptedAt: at,
    });
    assert.equal(published.kind, "accepted");
    const leased = await claimDue(store, at);
    await finish(store, leased, { state: "failed", reason: "exhausted" }, { at });
  }
  return events.map(({ id }) => id);
}

async function finished(svix: Svix, id: string) {
  return await eventually(
    () => svix.backgroundTask.get(id),
    ({ status }) => status !== BackgroundTaskStatus.Running,
    60_000,
  );
}

async function hookline(
  settings: Readonly<Record<string, string>>,
  command: string,
): Promise<string> {
  const env = { PATH: process.env["PATH"], HOOKLINE_ADMIN_TOKEN: TOKEN, ...settings };
  const args = [PROGRAM, ...command.split(" ")];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  return stdout;
}
