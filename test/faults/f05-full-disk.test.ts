/**
 * F5, for I1 and I7: the disk of the store is full. Publishes that cannot be made durable are refused, reads
 * continue, and no delivery loses an attempt. The same process continues when there is space again.
 */
import assert from "node:assert/strict";
import { rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { checkStore } from "../harness/check-store.ts";
import { call, temporaryFolder } from "../harness/server.ts";
import { pickCycles } from "./harness/length.ts";
import { cannotMount } from "./harness/machine.ts";
import { mountAt, remount } from "./harness/mounts.ts";
import { until } from "./harness/until.ts";
import { assertIntact, assertKept, openWorld } from "./harness/world.ts";

const TIMES_FULL = pickCycles({ short: 4, long: 20 });
const SMALL = "size=48m";
const LARGE = "size=256m";
/** The space that the filler leaves, so that the disk becomes full in the middle of a commit. */
const LEFT_BYTES = 768 * 1024;
const REFUSALS = 40;
const ACKNOWLEDGED_AFTER = 40;

test(
  `F5 the disk is full ${TIMES_FULL} times: publishes are refused, nothing is lost, and the server continues without a restart`,
  { skip: cannotMount },
  async (t) => {
    using folder = temporaryFolder();
    const at = join(folder.path, "mounted");
    using mount = mountAt(at, ["-t", "tmpfs", "-o", SMALL, "tmpfs"]);
    const file = join(mount.path, "hookline.db");
    await using world = await openWorld({ file });
    await using server = await world.start({ settings: { HOOKLINE_LOG_LEVEL: "silent" } });
    await world.setUp(server);

    for (let time = 0; time < TIMES_FULL; time += 1) {
      remount(at, SMALL);
      const { bavail, bsize } = statfsSync(at);
      const filler = join(at, "filler");
      writeFileSync(filler, Buffer.alloc(Math.max(0, bavail * bsize - LEFT_BYTES)));
      const statuses = new Map<number | null, number>();
      const refusals = () => (statuses.get(503) ?? 0) + (statuses.get(507) ?? 0);
      const load = world.load(server, {
        publishers: 4,
        batch: 10,
        name: `d${time}`,
        // An event of a refused request must not appear later.
        isRefusal: (status) => status === 503 || status === 507,
        onAnswer: (status) => void statuses.set(status, (statuses.get(status) ?? 0) + 1),
      });
      await until("publishes are refused", () => refusals() >= REFUSALS);
      // One row may still fit where a batch does not. The refused batches count.
      const health = async () => (await fetch(`${server.url}/health`)).status;
      await until("health reports that publishes fail", async () => (await health()) === 503);
      assert.equal((await fetch(`${server.url}/health/live`)).status, 200, "it lives");
      const read = await call(server.url, "GET", `/app/${world.app}/msg?limit=1`);
      assert.equal(read.status, 200, "stored events can still be read");

      if (time % 2 === 0) remount(at, LARGE);
      else rmSync(filler);
      const before = world.acknowledged();
      await until(
        "publishes are accepted again",
        () => world.acknowledged() >= before + ACKNOWLEDGED_AFTER,
      );
      await until("health reports that publishes succeed", async () => (await health()) === 200);
      await load.stop();
      rmSync(filler, { force: true });
      const kinds = [...statuses.keys()].map(String).toSorted();
      assert.deepEqual(kinds, ["202", "503"], "no other status was returned");
      t.diagnostic(
        `full: ${statuses.get(503)} refusals, ${statuses.get(202)} accepted around them`,
      );
    }

    await world.settle(server);
    assertKept(t, await world.verdict(server, 0));
    const { pending, failed } = await checkStore(world.settings);
    assert.deepEqual([pending, failed], [0, 0]);
    assert.equal(await server.stop(), 0);
    assertIntact(file);
  },
);
