/**
 * I1 by the order of system calls. For every publish, the write-ahead log is written and its fsync has
 * returned before `202` is written to the publisher. The control is a copy of the program with a lower
 * `synchronous`; the check must find it.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { copyProgram, LOWER_SYNC } from "../harness/patched-program.ts";
import { call, startServer, temporaryFolder } from "../harness/server.ts";

const PUBLISHES = 8;
const TRACED = "trace=fsync,fdatasync,pwrite64,write,writev,sendmsg,sendto";
const hasStrace = spawnSync("strace", ["-V"]).status === 0;
const skip = hasStrace ? false : "strace is not installed on this machine";

type Finding = { readonly replies: number; readonly unsynced: number };

/** Reads a trace: counts the 202 replies, and those that no fsync of the log precedes. */
function readTrace(trace: string): Finding {
  let synced = false;
  let replies = 0;
  let unsynced = 0;
  const syncing = new Set<string>();
  for (const line of trace.split("\n")) {
    const thread = /^(?:\[pid +)?(\d+)/.exec(line)?.[1] ?? "";
    if (/f(data)?sync\(\d+<[^>]*-wal>/.test(line)) {
      if (line.includes("unfinished")) syncing.add(thread);
      else if (line.includes("= 0")) synced = true;
    } else if (/f(data)?sync resumed/.test(line) && syncing.delete(thread)) {
      synced = line.includes("= 0");
    } else if (line.includes("HTTP/1.1 202")) {
      replies += 1;
      if (!synced) unsynced += 1;
      synced = false;
    }
  }
  return { replies, unsynced };
}

async function runTraced(program: string | undefined): Promise<Finding> {
  using folder = temporaryFolder();
  const trace = join(folder.path, "trace");
  const server = await startServer({
    settings: { HOOKLINE_STORE: `sqlite:${folder.path}/hookline.db` },
    ...(program === undefined ? {} : { program }),
    wrapper: ["strace", "-f", "-y", "-s", "24", "-o", trace, "-e", TRACED],
  });
  const app = String((await call(server.url, "POST", "/app", { name: "trace" })).body["id"]);
  for (let count = 0; count < PUBLISHES; count += 1) {
    const event = { eventType: "trace.test", payload: { count } };
    assert.equal((await call(server.url, "POST", `/app/${app}/msg`, event)).status, 202);
  }
  await server.stop();
  return readTrace(readFileSync(trace, "utf8"));
}

test("the write-ahead log is fsynced before every 202", { skip }, async (t) => {
  const finding = await runTraced(undefined);
  assert.equal(finding.replies, PUBLISHES);
  assert.equal(finding.unsynced, 0);
  t.diagnostic(`${finding.replies} replies, each after an fsync of the log`);
});

test("the same check finds a program with a lower synchronous", { skip }, async (t) => {
  using folder = temporaryFolder();
  const finding = await runTraced(copyProgram(folder.path, LOWER_SYNC));
  assert.equal(finding.replies, PUBLISHES);
  assert.ok(finding.unsynced > 0, "the control was not detected");
  t.diagnostic(`${finding.unsynced} of ${finding.replies} replies had no fsync before them`);
});
