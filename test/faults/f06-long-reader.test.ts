/**
 * F6: another process holds a read transaction on the live file, so that the log cannot restart from its
 * beginning. Commits continue, a metric shows the growth, and the log shrinks again when the reader ends.
 */
import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { temporaryFolder } from "../harness/server.ts";
import { pickLength, millisecondsText } from "./harness/length.ts";
import { until } from "./harness/until.ts";
import { assertIntact, assertKept, openWorld } from "./harness/world.ts";

const EVENTS = pickLength({ short: 4_000, long: 60_000 });
/** The events that are published while the reader is active, enough for a log that can shrink. */
const HELD_EVENTS = pickLength({ short: 10_000, long: 60_000 });
/** The size that the log keeps on the disk when no reader holds it. */
const LOG_LIMIT_BYTES = 40 * 1024 * 1024;

async function storeBytes(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^hookline_store\{of="storeBytes"\} (\S+)$/m.exec(text)?.[1]);
}

test("F6 a reader that holds its transaction stops no commit, appears in a metric, and the log shrinks after it", async (t) => {
  using folder = temporaryFolder();
  const file = `${folder.path}/hookline.db`;
  const logBytes = (): number => statSync(`${file}-wal`).size;
  await using world = await openWorld({ file });
  await using server = await world.start();
  await world.setUp(server);

  async function publishSome(name: string, events = EVENTS): Promise<readonly number[]> {
    const times: number[] = [];
    const enough = world.acknowledged() + events;
    const load = world.load(server, {
      publishers: 4,
      batch: 40,
      name,
      onAnswer(status, sentAt) {
        assert.equal(status, 202);
        times.push(performance.now() - sentAt);
      },
    });
    await until("enough is acknowledged", () => world.acknowledged() >= enough);
    await load.stop();
    await world.settle(server);
    return times;
  }

  t.diagnostic(`publishes without a reader: ${millisecondsText(await publishSome("before"))}`);
  const before = logBytes();
  const reader = new DatabaseSync(file, { readOnly: true });
  reader.exec("BEGIN");
  const { seen } = reader.prepare("SELECT count(*) AS seen FROM event").get() as { seen: number };
  t.diagnostic(
    `publishes beside a reader: ${millisecondsText(await publishSome("held", HELD_EVENTS))}`,
  );
  const held = logBytes();
  const shown = await storeBytes(server.url);
  const again = reader.prepare("SELECT count(*) AS seen FROM event").get() as { seen: number };
  reader.exec("COMMIT");
  reader.close();
  assert.equal(again.seen, seen, "the reader's transaction was really held");
  assert.ok(held > LOG_LIMIT_BYTES, `a log of ${held} bytes cannot shrink`);
  assert.ok(shown >= held, "hookline_store shows the growth");

  await publishSome("after");
  await publishSome("later");
  const mib = (bytes: number): string => `${Math.round(bytes / 1024 / 1024)} MiB`;
  t.diagnostic(`log: ${mib(before)} before, ${mib(held)} while held, ${mib(logBytes())} at last`);
  assert.ok(logBytes() <= LOG_LIMIT_BYTES, "the log does not shrink after the reader");
  assertKept(t, await world.verdict(server, 0));
  assert.equal(await server.stop(), 0);
  assertIntact(file);
});
