/**
 * F7: one byte of the store changes on the disk while no server runs. The change must be harmless or
 * detected. The server refuses to start with a message, `hookline check` reports it, or the delivery ends as
 * a visible failure. An event must never be lost or altered silently.
 */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test, type TestContext } from "node:test";
import { call, temporaryFolder, type ServerProcess } from "../harness/server.ts";
import { pickCycles } from "./harness/length.ts";
import { until } from "./harness/until.ts";
import { openWorld, type World } from "./harness/world.ts";
import { createIdSources } from "../harness/seed.ts";

const draws = createIdSources("f07-flipped-byte");

const PROGRAM = resolve(import.meta.dirname, "../../src/main.ts");
const EVENTS = 300;
const FLIPS = pickCycles({ short: 6, long: 60 });
/** The log has a header of 32 bytes; each frame has a header of 24 bytes. */
const LOG_HEADER = 32;
const FRAME_HEADER = 24;
/** The offset of the salts in the header of a frame. */
const SALTS = 8;
const COMMITS_IN_LOG = 5;
const MOST_KILLS = 20;
/** The offset of the text in a payload, after the names of its members. */
const TEXT_BEGINS = 60;
const SETTLE_MS = 6_000;

type Fate = "harmless" | "refused at start" | "found by check" | "silent";

/** Creates a store with many pending deliveries, whose server was stopped. */
async function stopped(world: World): Promise<void> {
  await using server = await world.start();
  await world.setUp(server);
  await publishMany(world, server, () => server.stop());
}

/** Creates a store whose server was killed, with several transactions in its log. */
async function killed(world: World, file: string): Promise<void> {
  for (let kill = 0; kill === 0 || commitFrames(file).length < COMMITS_IN_LOG; kill += 1) {
    assert.ok(kill < MOST_KILLS, `the log had just restarted, ${kill} times`);
    await using server = await world.start();
    if (kill === 0) await world.setUp(server);
    await publishMany(world, server, () => server.kill());
  }
}

async function publishMany(
  world: World,
  server: ServerProcess,
  end: () => Promise<unknown>,
): Promise<void> {
  // Nearly all deliveries stay pending, so that the next server sends any altered one.
  await setRate(server, world, 1);
  const enough = world.acknowledged() + EVENTS;
  const load = world.load(server, { publishers: 4, batch: 5, name: `flip-${enough}` });
  await until("enough is acknowledged", () => world.acknowledged() >= enough);
  await load.stop();
  await end();
}

async function setRate(server: ServerProcess, world: World, rate: number | null): Promise<void> {
  const path = `/app/${world.app}/endpoint/hook-0`;
  const changed = await call(server.url, "PATCH", path, { throttleRate: rate });
  assert.equal(changed.status, 200, JSON.stringify(changed.body));
}

function flip(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes[at] = (bytes[at] ?? 0) ^ 0x04;
  writeFileSync(file, bytes);
}

/** Returns the output of `hookline check` on the file, or null when it finds nothing. */
function check(world: World): string | null {
  const { HOOKLINE_STORE } = world.settings;
  const run = spawnSync(process.execPath, [PROGRAM, "check"], {
    env: { PATH: process.env["PATH"], HOOKLINE_STORE },
    encoding: "utf8",
  });
  return run.status === 0 ? null : `${run.stdout}${run.stderr}`.trim();
}

async function observeFate(world: World): Promise<{ fate: Fate; report: string }> {
  const found = check(world);
  const server = await world.start().catch((error: Error) => error);
  if (server instanceof Error) return { fate: "refused at start", report: server.message };
  await using running = server;
  await setRate(running, world, null).catch(() => undefined);
  await world.settle(running, SETTLE_MS);
  const verdict = await world
    .verdict(running, Number.POSITIVE_INFINITY)
    .catch((error: Error) => error);
  await running.kill();
  const late = check(world);
  const report = found ?? late;
  if (!(verdict instanceof Error) && verdict.violations.length === 0) {
    return { fate: report === null ? "harmless" : "found by check", report: report ?? "" };
  }
  const broken = verdict instanceof Error ? verdict.message : JSON.stringify(verdict.violations[0]);
  return report === null ? { fate: "silent", report: broken } : { fate: "found by check", report };
}

type Place = { readonly name: string; readonly file: string; readonly at: number };

/** Flips the byte at each of these places in a fresh copy of the store, and reports the consequence. */
async function flipEach(
  t: TestContext,
  prepare: (world: World, file: string) => Promise<void>,
  placesIn: (file: string, world: World) => readonly Place[],
): Promise<void> {
  using folder = temporaryFolder();
  const home = join(folder.path, "store");
  const kept = join(folder.path, "kept");
  const file = join(home, "hookline.db");
  await using world = await openWorld({ file });
  await prepare(world, file);
  execFileSync("sync", ["--file-system", file]);
  const rewind = world.mark();
  cpSync(home, kept, { recursive: true });
  const silent: string[] = [];
  for (const place of placesIn(file, world)) {
    flip(place.file, place.at);
    const { fate, report } = await observeFate(world);
    t.diagnostic(`${place.name}, byte ${place.at}: ${fate}. ${report.slice(0, 160)}`);
    if (fate === "silent") silent.push(`${place.name}, byte ${place.at}: ${report}`);
    rewind();
    rmSync(home, { recursive: true });
    cpSync(kept, home, { recursive: true });
  }
  assert.deepEqual(silent, []);
}

function readPageSize(file: string): number {
  return readFileSync(file).readUInt16BE(16);
}

/**
 * The last frame of each transaction since the log last restarted. These frames have the salts of the log's
 * header, older ones do not.
 */
function commitFrames(file: string): readonly number[] {
  const bytes = readFileSync(`${file}-wal`);
  const salts = bytes.subarray(16, 24);
  const frameBytes = FRAME_HEADER + readPageSize(file);
  const commits: number[] = [];
  for (let frame = 0; ; frame += 1) {
    const at = LOG_HEADER + frame * frameBytes;
    if (!bytes.subarray(at + 8, at + 8 + salts.length).equals(salts)) return commits;
    if (bytes.readUInt32BE(at + 4) !== 0) commits.push(frame);
  }
}

test("F7 a byte flipped in the log before its last transaction is detected", (t) =>
  flipEach(t, killed, (file) => {
    const commits = commitFrames(file);
    // A torn last transaction looks like one that was never complete, so the previous one is used.
    const last = commits.at(-2);
    assert.ok(last !== undefined);
    const text = FRAME_HEADER + 5000;
    return [
      { frame: Math.floor(last * 0.1), within: text },
      { frame: Math.floor(last * 0.5), within: SALTS },
      { frame: Math.floor(last * 0.8), within: text },
      { frame: last, within: text },
    ].map(({ frame, within }) => ({
      name: `frame ${frame} in a log of ${commits.length} transactions`,
      file: `${file}-wal`,
      at: LOG_HEADER + frame * (FRAME_HEADER + readPageSize(file)) + within,
    }));
  }));

test("F7 a byte flipped in the text of an event is detected", (t) =>
  flipEach(t, stopped, (file, world) => {
    const bytes = readFileSync(file);
    const acknowledged = world.publishes.filter(({ outcome }) => outcome === "ok");
    return [0.5, 0.9].map((share) => {
      const event = acknowledged[Math.floor(acknowledged.length * share)];
      const at = bytes.indexOf(`{"eventId":"${event?.eventId}"`);
      assert.ok(at > 0, `${event?.eventId} is not in the file`);
      return { name: "text of an event", file, at: at + TEXT_BEGINS };
    });
  }));

test(`F7 ${FLIPS} bytes flipped in any page are harmless or detected`, (t) =>
  flipEach(t, stopped, (file) => {
    const pageSize = readPageSize(file);
    const pages = Math.floor(statSync(file).size / pageSize);
    return [
      { name: "first byte of the file", file, at: 0 },
      ...Array.from({ length: FLIPS }, (_, n) => {
        const page = 1 + Math.floor(((n + 0.5) / FLIPS) * (pages - 1));
        // Every second flip is in a page's header, which describes the structure of the page.
        const within = n % 2 === 0 ? n % 8 : draws.below(pageSize);
        return { name: `page ${page + 1}`, file, at: page * pageSize + within };
      }),
    ];
  }));
