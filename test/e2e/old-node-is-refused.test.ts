/**
 * The `hookline` command on a Node that is too old, or from a clone that is not built. It prints one
 * sentence, or runs the program. An old Node must be able to parse everything before the check.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "../harness/server.ts";
import { readImports } from "../../scripts/read-imports.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const PROGRAMS = ["bin/hookline.js", "src/main.ts"];
/** The modules whose used exports exist in every Node that supports modules. */
const OLD_MODULES = ["node:events", "node:fs"];
const SENTENCE =
  /^hookline: This is Node [\d.]+, but Hookline needs Node 24\.16 or newer\. For `npx hookline`, `npm ci` [^\n]*`npm install node@24` [^\n]*\.\n$/;

test("a Node that is too old is refused in one sentence, before anything else", () => {
  const older = `data:text/javascript,Object.defineProperty(process, "versions", { value: { ...process.versions, node: "24.15.9" } })`;
  for (const program of PROGRAMS) {
    const { status, stderr, stdout } = spawnSync(
      process.execPath,
      ["--import", older, join(ROOT, program), "--version"],
      { encoding: "utf8" },
    );
    assert.match(stderr, SENTENCE, program);
    assert.equal(status, 1);
    assert.equal(stdout, "");
  }
});

test("an old Node of this machine can parse the check", (t) => {
  const old = oldNode();
  if (old === null) {
    t.skip("there is no older Node on this machine");
    return;
  }
  const { status, stderr } = spawnSync(old, [join(ROOT, "bin/hookline.js")], { encoding: "utf8" });
  assert.match(stderr, SENTENCE);
  assert.equal(status, 1);
});

test("nothing but the check is imported before the check", () => {
  for (const program of PROGRAMS) {
    const text = readFileSync(join(ROOT, program), "utf8");
    const imported = [...text.matchAll(/^import\b.*?"([^"]+)";$/gms)].map(([, from]) => from);
    const others = imported.filter((from) => !/(^|[#/])check-node\.js$/.test(from ?? ""));
    assert.deepEqual(
      others.filter((from) => !OLD_MODULES.includes(from ?? "")),
      [],
      program,
    );
    assert.ok(imported.length > others.length, `${program} imports the check`);
  }
  const { imports } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    readonly imports: Readonly<Record<string, string>>;
  };
  assert.equal(imports["#check-node.js"], "./bin/check-node.js");
  assert.deepEqual(readImports(readFileSync(join(ROOT, "bin/check-node.js"), "utf8")), []);
});

test("npx finds the command in a clone", () => {
  using folder = temporaryFolder();
  const { status, stdout, stderr } = spawnSync("npx", ["--offline", "hookline", "--version"], {
    cwd: ROOT,
    encoding: "utf8",
    env: { ...process.env, npm_config_cache: folder.path },
  });
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^\d+\.\d+\.\d+/m);
});

function oldNode(): string | null {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const node = join(folder, "node");
    if (!existsSync(node)) continue;
    const { stdout } = spawnSync(node, ["--version"], { encoding: "utf8" });
    const major = Number(/^v(\d+)/.exec(stdout)?.[1] ?? Number.NaN);
    if (major < 24) return node;
  }
  return null;
}
