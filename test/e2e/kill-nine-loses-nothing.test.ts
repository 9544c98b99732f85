/**
 * I1 and I2: SIGKILL ends a server at random moments under load, repeatedly, on one store file. Every
 * acknowledged event arrives, and no event arrives that was not published. An event arrives twice only when
 * it was in flight at a kill.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { resolve } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startReceiver } from "../harness/receiver.ts";
import { call, startServer, temporaryFolder, type ServerProcess } from "../harness/server.ts";
import { createIdSources } from "../harness/seed.ts";

const draws = createIdSources("kill-nine-loses-nothing");

/** The number of kills, enough to find any fault. F1 kills it 20 times in every run of the fault tests. */
const KILLS = 6;
const PUBLISHERS = 8;
const LONGEST_LIFE_MS = 250;

type Log = { readonly acknowledged: Set<string>; readonly published: Set<string> };

/** Publishes one event after another until the server is gone. */
async function publishUntilDeath(url: string, app: string, name: string, log: Log): Promise<void> {
  for (let count = 0; ; count += 1) {
    const eventId = `${name}-${count}`;
    log.published.add(eventId);
    const body = { eventType: "load.test", eventId, payload: { eventId } };
    const answer = await call(url, "POST", `/app/${app}/msg`, body).catch(() => null);
    if (answer === null) return;
    assert.equal(answer.status, 202, JSON.stringify(answer.body));
    log.acknowledged.add(eventId);
  }
}

/** The attempts that the store has recorded. Each was made, so each was received. */
function recordedDeliveries(settings: Readonly<Record<string, string>>): number {
  const program = resolve(import.meta.dirname, "../../src/main.ts");
  const printed = execFileSync(process.execPath, [program, "check", "--json"], {
    env: { PATH: process.env["PATH"], ...settings },
    encoding: "utf8",
  });
  const report = JSON.parse(printed) as { apps: { delivered: number }[]; problems: string[] };
  assert.deepEqual(report.problems, []);
  return report.apps.reduce((sum, app) => sum + app.delivered, 0);
}

test(`killed ${KILLS} times under load, the server delivers every acknowledged event`, async (t) => {
  using folder = temporaryFolder();
  await using receiver = await startReceiver();
  const settings = {
    HOOKLINE_STORE: `sqlite:${folder.path}/hookline.db`,
    HOOKLINE_EGRESS_ALLOW: `127.0.0.1/32:${receiver.port}`,
  };
  const log: Log = { acknowledged: new Set(), published: new Set() };
  let app = "";
  let unrecorded = 0;

  for (let cycle = 0; cycle < KILLS; cycle += 1) {
    const server: ServerProcess = await startServer({ settings });
    if (cycle === 0) {
      app = String((await call(server.url, "POST", "/app", { name: "load" })).body["id"]);
      const made = await call(server.url, "POST", `/app/${app}/endpoint`, { url: receiver.url });
      assert.equal(made.status, 201, JSON.stringify(made.body));
    }
    const publishers = Array.from({ length: PUBLISHERS }, (_, index) =>
      publishUntilDeath(server.url, app, `${cycle}-${index}`, log),
    );
    const before = log.acknowledged.size;
    await receiver.until(() => log.acknowledged.size > before);
    await sleep(draws.below(LONGEST_LIFE_MS));
    await server.kill();
    await Promise.all(publishers);
    unrecorded += receiver.receipts.length - recordedDeliveries(settings) - unrecorded;
  }

  const server = await startServer({ settings });
  const receivedIds = () =>
    new Set(receiver.receipts.map(({ body }) => (JSON.parse(body) as { eventId: string }).eventId));
  await receiver.until(() => {
    if (receiver.receipts.length < log.acknowledged.size) return false;
    const received = receivedIds();
    return [...log.acknowledged].every((id) => received.has(id));
  });
  await server.stop();

  const received = receivedIds();
  for (const id of received) assert.ok(log.published.has(id), `${id} was never published`);
  const duplicates = receiver.receipts.length - received.size;
  assert.ok(duplicates <= unrecorded, `${duplicates} duplicates, ${unrecorded} were in flight`);
  const ids = new Map<string, string>();
  for (const { headers, body } of receiver.receipts) {
    const id = String(headers["webhook-id"]);
    assert.equal(ids.get(id) ?? body, body, "a repeat has the same body under the same id");
    ids.set(id, body);
  }
  t.diagnostic(
    `${log.acknowledged.size} acknowledged, ${received.size} received, ` +
      `${duplicates} duplicates, ${unrecorded} in flight at ${KILLS} kills`,
  );
});
