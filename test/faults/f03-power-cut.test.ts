/**
 * F3, for I1: a power cut. The store is on ext4 in a file behind a loop device. The server is stopped at a
 * random instant under load. The file is then copied as it is, so that the copy has only synced data. The
 * copy is repaired and mounted, and a server continues on it. The control is the same program with a lower
 * `synchronous`. It must lose acknowledged events, or the row proves nothing.
 */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { copyProgram, LOWER_SYNC } from "../harness/patched-program.ts";
import { temporaryFolder } from "../harness/server.ts";
import type { Verdict } from "./history.ts";
import { pickCycles } from "./harness/length.ts";
import { cannotLoopMount } from "./harness/machine.ts";
import { mountAt } from "./harness/mounts.ts";
import { until } from "./harness/until.ts";
import { assertIntact, assertKept, openWorld } from "./harness/world.ts";
import { createIdSources } from "../harness/seed.ts";

const draws = createIdSources("f03-power-cut");

const CUTS = pickCycles({ short: 5, long: 100 });
/** The control loses events in nearly every cut. More cuts would hide a control that loses none. */
const CONTROL_CUTS = 5;
const DISK = "128M";
const LOAD = { publishers: 8, batch: 10 };
const SHORTEST_LIFE_MS = 200;
const LONGEST_LIFE_MS = 1500;
/** The commit interval of ext4, longer than any run: only a sync writes the journal and dirty pages. */
const COMMIT_SECONDS = 600;
/** The exit codes of e2fsck that are accepted. 1 is "errors corrected", the purpose of a journal. */
const REPAIRED = [0, 1];

type Cut = { readonly verdict: Verdict; readonly inFlight: number };

async function cutPower(name: string, program?: string): Promise<Cut> {
  using folder = temporaryFolder();
  const disk = join(folder.path, "disk");
  const copy = join(folder.path, "copy");
  execFileSync("truncate", ["--size", DISK, disk]);
  execFileSync("mkfs.ext4", ["-q", "-F", disk], { stdio: "pipe" });
  const options = ["-o", `loop,commit=${COMMIT_SECONDS}`];
  const at = join(folder.path, "mounted");
  await using world = await openWorld({ file: join(at, "hookline.db") });
  {
    using mount = mountAt(at, [...options, disk]);
    await using server = await world.start(program === undefined ? {} : { program });
    await world.setUp(server);
    execFileSync("sync", ["--file-system", mount.path]);
    const load = world.load(server, { ...LOAD, name });
    await until("something is acknowledged", () => world.acknowledged() > 0);
    await sleep(draws.between(SHORTEST_LIFE_MS, LONGEST_LIFE_MS));
    server.child.kill("SIGSTOP");
    execFileSync("cp", ["--sparse=always", disk, copy]);
    await server.kill();
    await load.ended;
  }
  const repair = spawnSync("e2fsck", ["-f", "-p", copy]);
  assert.ok(REPAIRED.includes(repair.status ?? -1), repair.stdout.toString());
  using mount = mountAt(at, [...options, copy]);
  assertIntact(join(mount.path, "hookline.db"));
  const inFlight = await world.unrecorded();
  await using server = await world.start();
  await world.settle(server, program === undefined ? 60_000 : 3000);
  const verdict = await world.verdict(server, inFlight);
  await server.stop();
  return { verdict, inFlight };
}

test(
  `F3 ${CUTS} power cuts under load lose no acknowledged event`,
  { skip: cannotLoopMount },
  async (t) => {
    for (let cut = 0; cut < CUTS; cut += 1) {
      const { verdict, inFlight } = await cutPower(`p${cut}`);
      assert.ok(verdict.counts.ok > 0);
      assertKept(t, verdict, `under way ${inFlight}`);
    }
  },
);

test(
  "F3 control: with a lower synchronous the same power cut loses acknowledged events",
  { skip: cannotLoopMount },
  async (t) => {
    using folder = temporaryFolder();
    const program = copyProgram(folder.path, LOWER_SYNC);
    const lost = await firstLoss(t, program);
    assert.ok(lost > 0, `${CONTROL_CUTS} cuts lost nothing: this row would detect no loss`);
  },
);

/** Returns the number of events that the first cut with a loss lost. */
async function firstLoss(t: TestContext, program: string): Promise<number> {
  for (let cut = 0; cut < CONTROL_CUTS; cut += 1) {
    const { verdict } = await cutPower(`n${cut}`, program);
    const lost = verdict.violations.filter(({ rule }) => rule === "acknowledged is stored").length;
    t.diagnostic(`control: ${lost} of ${verdict.counts.ok} acknowledged events lost`);
    if (lost > 0) return lost;
  }
  return 0;
}
