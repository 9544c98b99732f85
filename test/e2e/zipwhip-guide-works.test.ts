/**
 * The migration guide for Zipwhip users, followed literally. One bash runs every shell block from `git clone`
 * to the end, with a real server, a handler and a carrier's callback. Only the clone and its `npm ci` are
 * replaced by this checkout, and the ports by free ones.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "../harness/server.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const GUIDE = join(ROOT, "docs/dialects/zipwhip-migration.md");
const UNIT = join(ROOT, "deploy/hookline.service");
const BLOCK = /^```sh\n(.*?)^```$/gms;
const PORTS = ["8080", "9000", "9100"];
const TOOLS = `
set -e -o pipefail
curl() { command curl --silent --show-error --fail-with-body "$@"; }
git() { mkdir "$3" && ln -s "$ROOT"/* "$3"/; }
npm() { test "$*" = ci; }
npx() { local args=("\${@:2}"); node "$ROOT/bin/hookline.js" "\${args[@]}"; }
`;

test("the migration guide for Zipwhip users works from top to bottom", async () => {
  using folder = temporaryFolder();
  const ports = await Promise.all(PORTS.map(freePort));
  const text = readFileSync(GUIDE, "utf8");
  const blocks = [...text.matchAll(BLOCK)].map(([, block = ""]) =>
    PORTS.reduce((text, port, i) => text.replaceAll(port, String(ports[i])), block),
  );
  assert.ok(blocks.length > 8, "the blocks were found");
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("HOOKLINE_"));
  const bash = spawn("bash", ["-s"], {
    cwd: folder.path,
    env: {
      ...Object.fromEntries(inherited),
      ROOT,
      REPOSITORY: "https://git.example/hookline.git",
      HOOKLINE_PORT: ports[0],
    },
    stdio: ["pipe", "pipe", "pipe"],
    // The process group ends with the test, and with it the processes that the guide starts in the
    // background.
    detached: true,
  });
  let output = "";
  for (const stream of [bash.stdout, bash.stderr]) {
    stream.setEncoding("utf8").on("data", (words: string) => (output += words));
  }
  const ended = once(bash, "exit");
  const delivered = ["/message/receive", "/message/send", "/message/progress"]
    .map((path) => `until grep -q "POST ${path}" handler; do sleep 0.1; done`)
    .join("\n");
  try {
    // The handler prints each request. Its output goes to a file that the script polls.
    const script = blocks.join("\n").replace(/(listen --port \d+) &/, "$1 > handler &");
    const isOver = 'until test "$(grep -c "POST /message" handler)" -ge 4; do sleep 0.1; done';
    bash.stdin.end(`${TOOLS}\n${script}\n${delivered}\n${isOver}\necho; echo all of it; exit 0\n`);
    await ended;
    assert.equal(bash.exitCode, 0, output);
    assert.match(output, /all of it/);
    // Zipwhip's refusals have the status 200.
    assert.doesNotMatch(output, /"success":false/);
    const handler = readFileSync(join(folder.path, "hookline/handler"), "utf8");
    assert.match(handler, /POST \/message\/receive[^]*SM333|"body":"Hi!"/);
    assert.ok(existsSync(join(folder.path, "hookline/data/hookline.db")));
  } finally {
    endGroup(bash.pid as number);
  }
});

test("the service runs a file of the clone, keeps data in a state folder, and allows time for a stop", () => {
  const unit = readFileSync(UNIT, "utf8");
  const value = (name: string) => new RegExp(`^${name}=(.*)$`, "m").exec(unit)?.[1] ?? "";
  const [node = "", ...args] = value("ExecStart").split(" ");
  const folder = value("WorkingDirectory");
  assert.ok(existsSync(join(ROOT, node.slice(folder.length))), node);
  assert.ok(existsSync(join(ROOT, args.find((arg) => arg.endsWith(".js")) ?? "none")));
  assert.equal(args.at(-1), "serve");
  assert.equal(value("Environment"), "HOOKLINE_STORE=sqlite:/var/lib/hookline/hookline.db");
  assert.equal(value("StateDirectory"), "hookline");
  assert.ok(Number(value("TimeoutStopSec")) > 20, "HOOKLINE_STOP_GRACE is 20s");
  assert.match(readFileSync(GUIDE, "utf8"), /deploy\/hookline\.service/);
});

function endGroup(leader: number): void {
  try {
    process.kill(-leader, "SIGTERM");
  } catch {
    // Every process of the group has ended.
  }
}

async function freePort(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return String(port);
}
