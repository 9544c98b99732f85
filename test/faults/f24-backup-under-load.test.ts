/**
 * F24: `hookline backup` beside a server under load, restored elsewhere. The copy is a prefix of the commits,
 * with every event that was acknowledged before the backup began. Every delivery in it is accounted for
 * (I12), and a server on it sends the deliveries that were pending then. Later events are not in it.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { promisify } from "node:util";
import { checkStore } from "../harness/check-store.ts";
import { startServer, temporaryFolder } from "../harness/server.ts";
import { pickLength } from "./harness/length.ts";
import { assertIntact, assertKept, openWorld } from "./harness/world.ts";

const PROGRAM = resolve(import.meta.dirname, "../../src/main.ts");
const BEFORE_BACKUP = pickLength({ short: 2000, long: 50_000 });
const AFTER_BACKUP = 200;

type CommandResult = { readonly code: number; readonly text: string };

async function hookline(
  settings: Readonly<Record<string, string>>,
  words: readonly string[],
): Promise<CommandResult> {
  const env = { PATH: process.env["PATH"], ...settings };
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, ...words], { env });
    return { code: 0, text: stdout };
  } catch (error) {
    const { code, stderr } = error as { readonly code: number; readonly stderr: string };
    return { code, text: stderr };
  }
}

function eventIds(file: string): readonly string[] {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    return db
      .prepare("SELECT eventId FROM event ORDER BY seq")
      .all()
      .map((row) => String(row["eventId"]));
  } finally {
    db.close();
  }
}

test("F24 a backup under load, restored elsewhere, is a consistent prefix", async (t) => {
  using folder = temporaryFolder();
  const file = join(folder.path, "hookline.db");
  const copy = join(folder.path, "backup.db");
  const elsewhere = join(folder.path, "elsewhere", "hookline.db");
  // One request in three is refused, so that some deliveries are pending at any moment.
  let count = 0;
  let isWell = false;
  await using world = await openWorld({
    file,
    endpoints: 2,
    answer: (_request, response) =>
      void response.writeHead(!isWell && count++ % 3 === 0 ? 503 : 200).end(),
  });
  const acknowledged = () => world.publishes.filter(({ outcome }) => outcome === "ok");
  const until = async (isSo: () => boolean) => {
    while (!isSo()) await new Promise((done) => setTimeout(done, 10));
  };

  const server = await world.start();
  await world.setUp(server);
  const load = world.load(server, { name: "f24", publishers: 4, batch: 20 });
  await until(() => acknowledged().length >= BEFORE_BACKUP);
  const before = acknowledged().map(({ eventId }) => eventId);
  const output = await hookline(world.settings, ["backup", "--to", copy]);
  assert.equal(output.code, 0, output.text);
  const during = acknowledged().length - before.length;
  await until(() => acknowledged().length >= before.length + during + AFTER_BACKUP);
  await load.stop();
  await server.kill();
  assert.ok(during > 0, "nothing was published while the backup was taken");

  assert.equal(statSync(copy).mode & 0o777, 0o600);
  assert.ok(!existsSync(`${copy}-wal`), "the copy is one file");
  assertIntact(copy);
  const kept = eventIds(copy);
  assert.deepEqual(kept, eventIds(file).slice(0, kept.length), "it is a prefix");
  assert.ok(new Set(kept).isSupersetOf(new Set(before)), "it has what was acknowledged before");

  const settings = { ...world.settings, HOOKLINE_STORE: `sqlite:${elsewhere}` };
  const restored = await hookline(settings, ["restore", "--from", copy]);
  assert.equal(restored.code, 0, restored.text);
  const key = /key needed +([0-9a-f]{32})/;
  assert.equal(key.exec(restored.text)?.[1], key.exec(output.text)?.[1]);
  assert.match(restored.text, /secret-key/);
  const { pending } = await checkStore(settings);
  assert.ok(pending > 0, "nothing was pending when the backup was taken");

  cpSync(`${file}.secret-key`, `${elsewhere}.secret-key`);
  const keptIds = new Set(kept);
  // The only disk is lost, so no promise applies to events after the backup.
  for (const [n, each] of world.publishes.entries()) {
    if (!keptIds.has(each.eventId)) world.publishes[n] = { ...each, outcome: "unknown" };
  }
  isWell = true;
  await using next = await startServer({ settings });
  await world.settle(next);
  assertKept(
    t,
    await world.verdict(next, pending),
    `${kept.length} events in the backup, ${during} acknowledged during it`,
  );
  assert.equal(await next.stop(), 0, next.stderr());
});

test("F24 no file is overwritten, no store is replaced under a server, and no damaged copy is restored", async () => {
  using folder = temporaryFolder();
  const file = join(folder.path, "hookline.db");
  const settings = { HOOKLINE_STORE: `sqlite:${file}` };
  const copy = join(folder.path, "backup.db");
  {
    await using server = await startServer({ settings });
    assert.equal((await hookline(settings, ["backup", "--to", copy])).code, 0);
    const again = await hookline(settings, ["backup", "--to", copy]);
    assert.deepEqual([again.code, /never overwritten/.test(again.text)], [1, true], again.text);
    const taken = await hookline(settings, ["restore", "--from", copy]);
    assert.deepEqual(
      [taken.code, /a store already exists/.test(taken.text)],
      [1, true],
      taken.text,
    );
    await server.stop();
  }
  const there = await hookline(settings, ["restore", "--from", copy]);
  assert.deepEqual([there.code, /a store already exists/.test(there.text)], [1, true], there.text);

  mkdirSync(join(folder.path, "b"));
  const other = { HOOKLINE_STORE: `sqlite:${join(folder.path, "b", "hookline.db")}` };
  const missing = await hookline(other, ["restore", "--from", join(folder.path, "none.db")]);
  assert.deepEqual(
    [missing.code, /none\.db, which does not exist/.test(missing.text)],
    [1, true],
    missing.text,
  );
  const bad = join(folder.path, "bad.db");
  writeFileSync(bad, "SQLite format 3\u0000 and nothing more");
  const broken = await hookline(other, ["restore", "--from", bad]);
  assert.deepEqual(
    [broken.code, /not a complete store|not a SQLite database/.test(broken.text)],
    [1, true],
    broken.text,
  );
  assert.ok(!existsSync(join(folder.path, "b", "hookline.db")), "an incomplete store remains");
});
