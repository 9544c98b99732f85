/** The contents of the package that `npm pack` builds from this package.json. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";
import { readImports } from "../scripts/read-imports.ts";
import { temporaryFolder } from "./harness/server.ts";

const ROOT = join(import.meta.dirname, "..");

test("the npm package holds the command, the built program, licence, README, change log and nothing else", () => {
  using folder = temporaryFolder();
  cpSync(join(ROOT, "package.json"), join(folder.path, "package.json"));
  // One file represents each folder of the checkout and each file beside package.json.
  const tracked = execFileSync("git", ["ls-files"], { cwd: ROOT, encoding: "utf8" }).split("\n");
  const oneEach = new Map(tracked.map((path) => [path.split("/")[0] ?? "", path]));
  for (const path of [...oneEach.values(), "dist/src/main.js", "dist/ui/manifest.json"]) {
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
    "dist/ui/manifest.json",
    "package.json",
  ]);
});

test("the command of the package runs the built file, and in a clone its source", () => {
  const command = readFileSync(join(ROOT, "bin/hookline.js"), "utf8");
  const [, inClone, inPackage] = /import\(isClone \? "(.+)" : "(.+)"\)/.exec(command) ?? [];
  assert.equal(inClone, "../src/main.ts");
  const { compilerOptions, include } = JSON.parse(
    readFileSync(join(ROOT, "tsconfig.build.json"), "utf8"),
  ) as {
    readonly compilerOptions: Readonly<Record<"rootDir" | "outDir", string>>;
    readonly include: readonly string[];
  };
  const { rootDir, outDir } = compilerOptions;
  const built = join(outDir, relative(rootDir, "src/main.js"));
  assert.equal(inPackage, `../${built}`);
  assert.ok(include.includes("src/**/*.ts"));
});

test("an installed package has every library that the program imports", () => {
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  const files = globSync("{src,demo}/**/*.ts", { cwd: ROOT });
  const libraries = files
    .filter((file) => !file.endsWith(".test.ts"))
    .flatMap((file) => readImports(readFileSync(join(ROOT, file), "utf8")))
    .map(({ specifier = "" }) => specifier)
    .filter((specifier) => !/^(\.|#|node:)/.test(specifier) && specifier !== "")
    .map((specifier) => /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? "");
  assert.ok(libraries.length > 20, `${libraries.length} imports`);
  const missing = libraries.filter((name) => dependencies[name] === undefined);
  assert.deepEqual([...new Set(missing)], []);
});

test("packing builds the program first, and package.json decides on every install script of a package", () => {
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
