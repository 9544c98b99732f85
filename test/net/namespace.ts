/**
 * A test in separate network, mount and process namespaces. Every address there, public or private, leads to
 * the namespace's loopback. A listener on a wildcard gets every connection, and no packet can leave. DNS is
 * the listener on 127.0.0.1:53 there.
 *
 * The file of such a test runs again inside. The outer test reports the result.
 */
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  mkdtempSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";

const TITLE = "TEST_IN_NAMESPACE";
const OUTER = "TEST_OUTER_NAMESPACE";
const NAMESPACE = "/proc/self/ns/net";

/** Without root the namespaces belong to a user namespace, where this machine has them. */
const UNSHARE = [
  "--net",
  "--mount",
  "--pid",
  "--fork",
  "--kill-child",
  "--mount-proc",
  ...(process.getuid?.() === 0 ? [] : ["--map-root-user"]),
];

/** False, or the reason why this machine cannot create the namespaces. */
const cannotUnshare: string | false =
  spawnSync("unshare", [...UNSHARE, "ip", "link", "set", "lo", "up"]).status === 0
    ? false
    : "this machine allows no network namespace, or has no ip command";

/** `file` is the one that calls this. The outer test repeats `t.diagnostic` of the inner one. */
export function testInNamespace(
  title: string,
  file: string,
  run: (t: TestContext) => Promise<void>,
): void {
  const inside = process.env[TITLE];
  if (inside === undefined) {
    test(title, { skip: cannotUnshare }, (t) => runInside(title, file, t));
  } else if (inside === title) {
    test(title, async (t) => {
      enter();
      await run(t);
    });
  }
}

async function runInside(title: string, file: string, t: TestContext): Promise<void> {
  const { NODE_TEST_CONTEXT: _, ...environment } = process.env;
  const child = spawn("unshare", [...UNSHARE, process.execPath, "--test-reporter=tap", file], {
    env: { ...environment, [TITLE]: title, [OUTER]: readlinkSync(NAMESPACE) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  t.signal.addEventListener("abort", () => child.kill("SIGKILL"));
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  }
  const [code] = (await once(child, "close")) as [number | null];
  const notes = output.matchAll(/^ *# (?!Subtest|\w+ [\d.]+$)(.*)$/gm);
  for (const [, note = ""] of notes) t.diagnostic(note);
  assert.equal(code, 0, output);
  assert.match(output, /^# pass 1$/m, "nothing ran inside");
}

function enter(): void {
  // The following commands are for a namespace without a way out. Elsewhere they would do damage.
  assert.notEqual(readlinkSync(NAMESPACE), process.env[OUTER]);
  const links = readFileSync("/proc/net/dev", "utf8").split("\n").slice(2, -1);
  assert.deepEqual(
    links.map((line) => line.split(":")[0]?.trim()),
    ["lo"],
  );
  run("ip", "link", "set", "lo", "up");
  // Packets come from loopback: with the called address at both ends each would be an address of this
  // machine.
  run("ip", "route", "add", "local", "0.0.0.0/0", "dev", "lo", "src", "127.0.0.1");
  run("ip", "-6", "route", "add", "local", "::/0", "dev", "lo", "src", "::1");
  const folder = mkdtempSync(join(tmpdir(), "hookline-namespace-"));
  bind(folder, "/etc/resolv.conf", "nameserver 127.0.0.1\nsearch corp.example\n");
  bind(folder, "/etc/hosts", "127.0.0.1 localhost\n10.0.0.1 inhosts.example.com\n");
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
}

/** Replaces the text of a file for the processes in the namespace only. */
function bind(folder: string, path: string, text: string): void {
  const file = join(folder, path.replaceAll("/", "-"));
  writeFileSync(file, text);
  run("mount", "--bind", file, realpathSync(path));
}

function run(command: string, ...words: readonly string[]): void {
  execFileSync(command, words, { stdio: "pipe" });
}
