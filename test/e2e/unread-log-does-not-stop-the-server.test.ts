/**
 * Logging never stops the service: events are accepted when the log is not read, and when its reader has
 * exited. A closed terminal is a graceful stop.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { temporaryFolder } from "../harness/server.ts";

const PROGRAM = resolve(import.meta.dirname, "../../src/main.ts");
/** The length of the log, larger than a pipe and the buffer of its reader together: 64 KiB each. */
const LOG_BYTES = 170_000;
const LINE_BYTES = 95;

test("a server continues when its log is not read and when the reader exits; SIGHUP is a graceful stop", async () => {
  using folder = temporaryFolder();
  const file = join(folder.path, "hookline.db");
  const port = await freePort();
  const child = spawn(process.execPath, [PROGRAM, "serve"], {
    env: {
      PATH: process.env["PATH"],
      HOOKLINE_PORT: String(port),
      HOOKLINE_STORE: `sqlite:${file}`,
      HOOKLINE_LOG_LEVEL: "debug",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = once(child, "exit");
  try {
    const isHealthy = async () =>
      await fetch(`http://127.0.0.1:${port}/health`).then(
        ({ ok }) => ok,
        () => false,
      );
    while (!(await isHealthy())) await wait(50);
    const token = readFileSync(`${file}.admin-token`, "utf8").trim();
    const publish = async () => {
      const response = await fetch(`http://127.0.0.1:${port}/api/v1/app/nobody/msg`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: `{"eventType":"a.b","payload":{}}`,
      });
      await response.text();
      return response.status;
    };
    // Each request writes a log line, because the application does not exist.
    for (let bytes = 0; bytes < LOG_BYTES; bytes += 50 * LINE_BYTES) {
      const answers = await Promise.all(Array.from({ length: 50 }, publish));
      assert.deepEqual(new Set(answers), new Set([404]));
    }
    child.stdout.destroy();
    child.stderr.destroy();
    for (let count = 0; count < 3; count++) assert.equal(await publish(), 404);
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    assert.match(metrics, /^hookline_log_lines_dropped_total [1-9]/m);

    child.kill("SIGHUP");
    assert.deepEqual(await ended, [0, null]);
  } finally {
    child.kill("SIGKILL");
  }
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
