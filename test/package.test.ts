/** What `npm pack` puts into the package, by this package.json and npm itself. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "./harness/server.ts";

const ROOT = join(import.meta.dirname, "..");

test("the npm package holds the command, the built program, licence, README, change log and nothing else", () => {
  using folder = temporaryFolder();
  cpSync(join(ROOT, "package.json"), join(folder.path, "package.json"));
  // One file stands for each folder of the checkout and each file beside package.json.
  const tracked = execFileSync("git", ["ls-files"], { cwd: ROOT, encoding: "utf8" }).split("\n");
  const stands = new Map(tracked.map((path) => [path.split("/")[0] ?? "", path]));
  for (const path of [...stands.values(), "dist/src/main.js"]) {
    if (path === "" || path === "package.json") continue;
    mkdirSync(dirname(join(folder.path, path)), { recursive: true });
    writeFileSync(join(folder.path, path), "");
  }
  const output = execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
    cwd: folder.path,
    encoding: "utf8",
  });
  const [packed] = JSON.parse(output) as { readonly files: readonly { readonly path: string }[] }[];
  assert.deepEqual(packed?.files.map(({ path }) => path).toSorted(), [
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "bin/hookline.js",
    "dist/src/main.js",
    "package.json",
  ]);
});

test("packing builds the program first, and every script of an installed package is decided on", () => {
  const { scripts, bin, allowScripts } = JSON.parse(
    readFileSync(join(ROOT, "package.json"), "utf8"),
  ) as Record<"scripts" | "bin" | "allowScripts", Readonly<Record<string, unknown>>>;
  assert.equal(scripts["prepack"], scripts["build"]);
  assert.deepEqual(Object.values(bin), ["bin/hookline.js"]);
  const { packages } = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")) as {
    readonly packages: Readonly<Record<string, { readonly hasInstallScript?: boolean }>>;
  };
  const scripted = Object.entries(packages)
    .filter(([, { hasInstallScript }]) => hasInstallScript === true)
    .map(([path]) => path.split("node_modules/").at(-1) ?? "");
  assert.deepEqual(new Set(scripted), new Set(Object.keys(allowScripts)));
});
