/**
 * A command that cannot do its work prints one sentence on stderr, without a stack, and exits with code 1. A
 * start that is refused creates no file: no store, no key and no token.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { test, type TestContext } from "node:test";
import { runCli } from "../../src/cli/run-cli.ts";
import { SETTINGS } from "../../src/config/settings.ts";
import { temporaryFolder } from "../harness/server.ts";

const PROGRAM = resolve(import.meta.dirname, "../../bin/hookline.js");
const SENTENCE = /^hookline: [A-Z`\-H][^\n]*\.\n?$/;

type Refused = { readonly code: number; readonly stderr: string };

/** Runs the command in this process, with these settings alone. */
async function run(
  t: TestContext,
  args: readonly string[],
  settings: Readonly<Record<string, string>>,
): Promise<Refused> {
  const lines: string[] = [];
  const kept = { ...process.env };
  t.mock.method(console, "error", (line: string) => lines.push(line));
  t.mock.method(process.stderr, "write", (text: string) => lines.push(text) > 0);
  for (const { env } of Object.values(SETTINGS)) delete process.env[env];
  Object.assign(process.env, settings);
  try {
    return { code: await runCli(["node", "hookline", ...args]), stderr: lines.join("\n") };
  } finally {
    t.mock.restoreAll();
    for (const name of Object.keys(settings)) delete process.env[name];
    Object.assign(process.env, kept);
  }
}

async function takenPort(): Promise<{ port: number } & Disposable> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { port, [Symbol.dispose]: () => server.close() };
}

test("a start that is refused prints its reason in one sentence and leaves no file", async (t) => {
  using folder = temporaryFolder();
  using taken = await takenPort();
  const store = `sqlite:${folder.path}/data/hookline.db`;
  const cases: [string, Record<string, string>, RegExp][] = [
    ["a port in use", { HOOKLINE_PORT: String(taken.port) }, /already listens on .*HOOKLINE_PORT/],
    ["a foreign host", { HOOKLINE_HOST: "192.0.2.1" }, /HOOKLINE_HOST names 192\.0\.2\.1, which/],
    ["an unknown host", { HOOKLINE_HOST: "none.invalid" }, /HOOKLINE_HOST names none\.invalid/],
    [
      "an operator port in use",
      { HOOKLINE_ADMIN_LISTEN: `127.0.0.1:${taken.port}` },
      /already listens on .*HOOKLINE_ADMIN_LISTEN/,
    ],
  ];
  for (const [what, settings, words] of cases) {
    const given = { HOOKLINE_PORT: "0", HOOKLINE_STORE: store, ...settings };
    const { code, stderr } = await run(t, ["serve"], given);
    assert.equal(code, 1, what);
    assert.match(stderr, SENTENCE, what);
    assert.match(stderr, words, what);
    assert.deepEqual(readdirSync(folder.path), [], `${what} left no file`);
  }
});

test("an invalid store path is refused with the reason", async (t) => {
  using folder = temporaryFolder();
  const file = join(folder.path, "notes.txt");
  writeFileSync(file, "These are notes.\n");
  mkdirSync(join(folder.path, "folder"));
  const before = readdirSync(folder.path);
  const cases: [string, RegExp][] = [
    [`${file}/hookline.db`, /a path below .*notes\.txt, which is a file, not a folder/],
    [`${file}/more/hookline.db`, /a path below .*notes\.txt, which is a file, not a folder/],
    [join(folder.path, "folder"), /names .*folder, which is a folder; name a file in the folder/],
    [file, /names .*notes\.txt, which is not a SQLite database/],
    ["/proc/none/hookline.db", /needs the folder \/proc\/none, which cannot be created: ENOENT/],
  ];
  for (const [path, words] of cases) {
    for (const command of ["serve", "migrate"]) {
      const given = { HOOKLINE_PORT: "0", HOOKLINE_STORE: `sqlite:${path}` };
      const { code, stderr } = await run(t, [command], given);
      assert.equal(code, 1, path);
      assert.match(stderr, SENTENCE, path);
      assert.match(stderr, words, path);
    }
  }
  assert.deepEqual(readdirSync(folder.path), before);
});

test("a folder that is not writable is refused without a stack", (t) => {
  // Root may write everywhere, unless it drops that capability.
  const wrapper = process.getuid?.() === 0 ? ["setpriv", "--bounding-set=-dac_override"] : [];
  if (wrapper.length > 0 && spawnSync("setpriv", ["--version"]).error !== undefined) {
    t.skip("setpriv is not installed on this machine");
    return;
  }
  using folder = temporaryFolder();
  const shut = join(folder.path, "shut");
  mkdirSync(shut);
  chmodSync(shut, 0o555);
  const args = [...wrapper, process.execPath, PROGRAM, "serve"].slice(1);
  for (const store of [join(shut, "hookline.db"), join(shut, "data/hookline.db")]) {
    const { status, stderr, stdout } = spawnSync(wrapper[0] ?? process.execPath, args, {
      encoding: "utf8",
      env: { PATH: process.env["PATH"], HOOKLINE_PORT: "0", HOOKLINE_STORE: `sqlite:${store}` },
    });
    assert.match(stderr, SENTENCE);
    assert.match(stderr, /HOOKLINE_STORE needs the folder .*shut.*the permission \(EACCES\)/);
    assert.equal(status, 1);
    assert.equal(stdout, "");
  }
  assert.deepEqual(readdirSync(shut), []);
});

test("a database that cannot be reached is refused with its address alone", async (t) => {
  const { code, stderr } = await run(t, ["serve"], {
    HOOKLINE_PORT: "0",
    HOOKLINE_STORE: "postgres://hookline:s3cret@127.0.0.1:9/hookline",
    HOOKLINE_ADMIN_TOKEN: "hk_0123456789abcdef0123",
    HOOKLINE_SECRET_KEY: Buffer.alloc(32, 3).toString("base64"),
  });
  assert.equal(code, 1);
  assert.match(stderr, /^hookline: The PostgreSQL server at 127\.0\.0\.1:9 cannot be reached/);
  assert.doesNotMatch(stderr, /s3cret/);
});

test("a raw character in a database's password is named, and no part of the password is shown", async (t) => {
  for (const password of ["s3@cret", "s3/cret", "s3@c/ret", "s3?cret", "s3#cret", "s3%cret"]) {
    const { code, stderr } = await run(t, ["check"], {
      HOOKLINE_STORE: `postgres://hookline:${password}@127.0.0.1:9/hookline`,
    });
    assert.equal(code, 1);
    assert.match(stderr, /HOOKLINE_STORE .*its password contains a raw "@", "\/"/, password);
    assert.doesNotMatch(stderr, /s3|ret/, password);
  }
});

test("check, backup and restore name a file that is missing, or that exists already", async (t) => {
  using folder = temporaryFolder();
  const at = (name: string) => join(folder.path, name);
  writeFileSync(at("notes.txt"), "These are notes.\n");
  writeFileSync(at("empty.db"), "");
  const cases: [string[], string, RegExp][] = [
    [
      ["check"],
      "data/hookline.db",
      /There is no store at \/.*data\/hookline\.db\. Run this command in/,
    ],
    [["check"], "notes.txt", /names .*notes\.txt, which is not a SQLite database/],
    [["backup", "--to", at("copy.db")], "data/hookline.db", /There is no store at/],
    [["backup", "--to", at("copy.db")], "notes.txt", /notes\.txt, which is not a SQLite database/],
    [
      ["backup", "--to", at("none/copy.db")],
      "empty.db",
      /--to names .*none.*the folder .*none does not exist/,
    ],
    [
      ["restore", "--from", at("notes.txt")],
      "new.db",
      /notes\.txt, which is not a SQLite database/,
    ],
    [
      ["restore", "--from", at("empty.db")],
      "empty.db",
      /HOOKLINE_STORE names .*empty\.db, where a store already exists/,
    ],
  ];
  const before = readdirSync(folder.path);
  for (const [args, store, words] of cases) {
    const { code, stderr } = await run(t, args, { HOOKLINE_STORE: `sqlite:${at(store)}` });
    assert.match(stderr, SENTENCE, args.join(" "));
    assert.match(stderr, words, args.join(" "));
    assert.equal(code, 1);
    assert.deepEqual(readdirSync(folder.path), before, "no file was made");
  }
});

test("a misspelt setting is refused with the nearest one, and an unknown option with its setting", async (t) => {
  const slip = await run(t, ["serve"], { HOOKLINE_PROT: "80" });
  assert.equal(slip.code, 1);
  assert.match(slip.stderr, /HOOKLINE_PROT is not a setting\. Did you mean HOOKLINE_PORT\?/);
  const foreign = await run(t, ["serve"], { HOOKLINE_QQQQQQQ: "80" });
  assert.match(foreign.stderr, /HOOKLINE_QQQQQQQ is not a setting\. `npx hookline config`/);

  const option = await run(t, ["serve", "--port", "80"], {});
  assert.equal(option.code, 2);
  assert.match(option.stderr, /unknown option '--port'[^]*did you mean HOOKLINE_PORT\?/);
  const near = await run(t, ["dev", "--prot=80"], {});
  assert.match(near.stderr, /did you mean HOOKLINE_PORT\?/);
});

test("dev refuses to listen where other machines could reach it", async (t) => {
  for (const settings of [{ HOOKLINE_HOST: "0.0.0.0" }, { HOOKLINE_ADMIN_LISTEN: "0.0.0.0:0" }]) {
    const { code, stderr } = await run(t, ["dev"], { HOOKLINE_PORT: "0", ...settings });
    assert.equal(code, 1);
    assert.match(stderr, /HOOKLINE_\w+ is 0\.0\.0\.0: `npx hookline dev` must listen on loopback/);
  }
});
