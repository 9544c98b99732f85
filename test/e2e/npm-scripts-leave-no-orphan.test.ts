/**
 * npm forwards SIGTERM and SIGINT to the shell that runs its script, and dies of SIGHUP alone. However a
 * script that serves is ended, no process of it remains and its port is free.
 */
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { connect, createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { temporaryFolder } from "../harness/server.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const DEADLINE_MS = 60_000;
const POLL_MS = 50;
const cannotMakeFifo =
  spawnSync("mkfifo", ["--version"]).error === undefined ? false : "there is no mkfifo";

test("SIGTERM, SIGINT and SIGHUP to npm leave no server behind", async () => {
  const endings = [
    ["start", "SIGTERM"],
    ["start", "SIGHUP"],
    ["dev", "SIGINT"],
  ] as const;
  await Promise.all(endings.map(([script, signal]) => endScript(script, signal)));
});

test("a server ends as well when npx ends while it starts", { skip: cannotMakeFifo }, async () => {
  using folder = temporaryFolder();
  const port = await freePort();
  const store = `${folder.path}/hookline.db`;
  // The start waits for its admin token until the test has written it.
  execFileSync("mkfifo", ["-m", "600", `${store}.admin-token`]);
  const command = [process.execPath, resolve(ROOT, "src/main.ts"), "dev"];
  const shell = spawn("sh", ["-c", '"$@" & wait', "sh", ...command], {
    env: {
      ...withoutNpm(),
      npm_lifecycle_event: "npx",
      HOOKLINE_PORT: String(port),
      HOOKLINE_STORE: `sqlite:${store}`,
    },
    stdio: "ignore",
    detached: true,
  });
  try {
    await using token = await open(`${store}.admin-token`, "w");
    const ended = once(shell, "exit");
    shell.kill("SIGTERM");
    await ended;
    assert.ok(hasGroup(shell), "the server still starts");
    await token.writeFile("hk_test_0123456789abcdef");
  } finally {
    await until(async () => !hasGroup(shell) && !(await isOpen(port)), "npx").finally(() => {
      if (hasGroup(shell)) process.kill(-(shell.pid as number), "SIGKILL");
    });
  }
});

test("every npm script that serves is run by exec, so that signals reach it", () => {
  const { scripts } = JSON.parse(readFileSync(resolve(ROOT, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  const serving = Object.entries(scripts).filter(([, script]) =>
    /src\/main\.ts (serve|dev|demo)/.test(script),
  );
  assert.deepEqual(
    serving.map(([name]) => name),
    ["start", "dev", "demo"],
  );
  for (const [name, script] of serving) assert.match(script, /^exec node /, name);
});

async function endScript(script: string, signal: NodeJS.Signals): Promise<void> {
  using folder = temporaryFolder();
  const port = await freePort();
  const npm = spawn("npm", ["run", "--silent", script], {
    cwd: ROOT,
    env: {
      ...withoutNpm(),
      HOOKLINE_PORT: String(port),
      HOOKLINE_STORE: `sqlite:${folder.path}/hookline.db`,
    },
    stdio: ["ignore", "pipe", "inherit"],
    // The separate process group shows which processes remain.
    detached: true,
  });
  try {
    await untilPrinted(npm, `127.0.0.1:${port}`);
    const ended = once(npm, "exit");
    npm.kill(signal);
    await ended;
    await until(async () => !hasGroup(npm) && !(await isOpen(port)), `${script} ${signal}`);
    // npm exits with the code of its script, which is 0 after a graceful stop.
    if (signal !== "SIGHUP") assert.equal(npm.exitCode, 0, `${script} ${signal}`);
  } finally {
    if (hasGroup(npm)) process.kill(-(npm.pid as number), "SIGKILL");
  }
}

function withoutNpm(): Record<string, string | undefined> {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(HOOKLINE|npm)_/i.test(name));
  return Object.fromEntries(inherited);
}

async function untilPrinted(child: ChildProcess, words: string): Promise<void> {
  let output = "";
  const { promise, resolve: found, reject } = Promise.withResolvers<void>();
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    if (output.includes(words)) found();
  });
  child.once("exit", () => reject(new Error(`it exited before it printed "${words}": ${output}`)));
  await promise;
}

async function until(holds: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!(await holds())) {
    assert.ok(Date.now() < deadline, `${what} left a process or an open port behind`);
    await sleep(POLL_MS);
  }
}

function hasGroup(child: ChildProcess): boolean {
  try {
    process.kill(-(child.pid as number), 0);
    return true;
  } catch {
    return false;
  }
}

async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
