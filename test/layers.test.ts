/**
 * Checks every import under src/ against the layer table of ARCHITECTURE.md. The rules:
 *
 * - A row may import itself and the rows it names, and nothing else under src/.
 * - The islands (each folder of dialects/ and of sources/) never import each other.
 * - core/ may use node:crypto and typebox and no other package: no I/O, clock or randomness.
 * - A test (`*.test.ts`) may also import any package, test/, and every row above its own in the table.
 *   It may not import a row below its own, nor another island. Other files import no test.
 * - The APIs and the listener reach the store through an operation, never as `context.store`.
 * - An import that is computed cannot be checked and is allowed at the edge only.
 * - The pages in ui/ may import ui/ and files of src/core/ that use no `node:` module, directly or through
 *   others. Types do not count on that way, since a browser loads none.
 */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { test } from "node:test";

import { parseSync, Visitor } from "oxc-parser";

import { readImports } from "../scripts/read-imports.ts";

const ROOT = join(import.meta.dirname, "..");
const FEWEST_FILES = 20;

/** The rows in the order of the table, so that "above" has a meaning. */
const LAYERS: ReadonlyMap<string, readonly string[]> = new Map([
  ["core", []],
  ["telemetry", ["core"]],
  ["net", ["core"]],
  ["store", ["core"]],
  ["operations", ["core", "store", "net", "telemetry"]],
  ["delivery", ["core", "store", "net", "telemetry"]],
  ["dialects", ["core", "operations"]],
  ["sources", ["core", "operations", "net", "telemetry"]],
  ["http", ["core", "telemetry", "net", "store", "operations", "delivery", "dialects", "sources"]],
]);
const EDGE = ["config", "cli", "start.ts", "start-sender.ts", "main.ts"];
const ISLANDS = ["dialects", "sources"];
/** Rows that are given the context of operations and may not take its store. */
const WITHOUT_STORE = ["dialects", "sources", "http"];
const CORE_PACKAGES = /^(?:node:crypto|typebox(?:\/.*)?)$/;

type Source = { path: string; text: string };

test("every import under src/ keeps to the layer table", () => {
  const sources = globSync("src/**/*.ts", { cwd: ROOT }).map((path) => ({
    path: path.replaceAll("\\", "/"),
    text: readFileSync(join(ROOT, path), "utf8"),
  }));
  assert.ok(
    sources.length >= FEWEST_FILES,
    `only ${sources.length} files found under src/: the check looks in the wrong place`,
  );
  assert.ok(
    sources.flatMap(({ text }) => readImports(text)).length >= sources.length / 2,
    "hardly any import found under src/: the check does not read them",
  );
  assert.deepEqual(sources.flatMap(findViolations), []);
});

test("a planted violation of each rule is found", () => {
  const planted: readonly [path: string, text: string, complaint: RegExp][] = [
    ["src/core/a.ts", 'import { x } from "../store/store.ts";', /core may not import store/],
    ["src/core/a.ts", 'import type { X } from "../net/send.ts";', /core may not import net/],
    ["src/core/a.ts", 'import { readFile } from "node:fs/promises";', /core may not use node:fs/],
    ["src/core/a.ts", 'import { request } from "undici";', /core may not use undici/],
    ["src/net/a.ts", 'export * from "../store/store.ts";', /net may not import store/],
    ["src/store/a.ts", 'const a = await import("../net/b.ts");', /store may not import net/],
    ["src/store/a.ts", 'type A = import("../net/b.ts").A;', /store may not import net/],
    ["src/store/a.ts", "await import(name);", /computed/],
    ["src/store/a.ts", "await import(`./${name}.ts`);", /computed/],
    ["src/delivery/a.ts", 'import "../dialects/dialect.ts";', /delivery may not import dialects/],
    [
      "src/delivery/a.ts",
      'new Worker(new URL("../operations/b.ts", import.meta.url));',
      /delivery may not import operations/,
    ],
    ["src/operations/a.ts", 'import { x } from "../http/b.ts";', /operations may not import http/],
    ["src/http/a.ts", 'import { x } from "../config/b.ts";', /http may not import config/],
    ["src/http/a.ts", 'import { x } from "../start.ts";', /http may not import start\.ts/],
    ["src/dialects/svix/a.ts", 'import { x } from "../chirp/b.ts";', /island svix .* chirp/],
    ["src/sources/twilio/a.ts", 'import { x } from "../smpp/b.ts";', /island twilio .* smpp/],
    ["src/sources/twilio/a.ts", 'import "../../dialects/dialect.ts";', /may not import dialects/],
    ["src/misc/a.ts", "", /belongs to no row/],
    ["src/a.ts", "", /belongs to no row/],
    ["src/net/a.ts", 'import pkg from "../../package.json";', /outside src/],
    ["src/store/a.ts", 'import { x } from "../../test/contract/b.ts";', /imports a test/],
    ["src/start.ts", 'import { x } from "./net/b.test.ts";', /imports a test/],
    ["src/core/a.test.ts", 'import { x } from "../store/store.ts";', /core may not import store/],
    ["src/dialects/svix/a.test.ts", 'import "../chirp/b.ts";', /island svix .* chirp/],
    ["src/dialects/svix/a.ts", "await context.store.apps.get(p);", /through an operation/],
    [
      "src/dialects/svix/a.ts",
      "function a({ store }: OperationContext) {}",
      /through an operation/,
    ],
    ["src/dialects/svix/a.ts", "const { store: kept } = context;", /through an operation/],
    ["src/http/a.ts", 'context["store"];', /through an operation/],
  ];
  for (const [path, text, complaint] of planted) {
    const found = findViolations({ path, text });
    assert.equal(found.length, 1, `${path}: ${text} gave ${JSON.stringify(found)}`);
    assert.match(found[0] ?? "", complaint);
  }
});

test("imports that the table allows are not violations", () => {
  const allowed: readonly [path: string, text: string][] = [
    ["src/core/a.ts", 'import { createHmac } from "node:crypto"; import { b } from "./deep/b.ts";'],
    ["src/core/a.ts", 'import { Compile } from "typebox/compile";'],
    ["src/core/a.test.ts", 'import fc from "fast-check"; import { test } from "node:test";'],
    ["src/store/sqlite/a.ts", 'new Worker(new URL("./writer.ts", import.meta.url));'],
    ["src/store/sqlite/a.ts", 'new URL("../../net/b.sql", import.meta.url);'],
    ["src/store/sqlite/a.test.ts", 'import { x } from "../../../test/contract/b.ts";'],
    ["src/dialects/chirp/a.ts", 'import type { Dialect } from "../dialect.ts";'],
    ["src/dialects/chirp/a.test.ts", 'import { openStore } from "../../store/open.ts";'],
    ["src/dialects/index.ts", 'import { svix } from "./svix/dialect.ts";'],
    ["src/delivery/a.test.ts", 'import { x } from "../../test/receiver.ts";'],
    ["src/start.ts", 'import { x } from "./store/open.ts"; await import(name);'],
    ["src/dialects/svix/a.ts", '// context.store\nconst a = { "cache-control": "no-store" };'],
    ["src/dialects/svix/a.test.ts", "await store.apps.get(p); const { store } = context;"],
    ["src/operations/a.ts", "const { store } = context; await context.store.ping();"],
    ["src/cli/a.ts", 'import pkg from "../../package.json" with { type: "json" };'],
  ];
  for (const [path, text] of allowed) assert.deepEqual(findViolations({ path, text }), []);
});

test("the pages import ui/ and files of src/core/ that run in a browser", () => {
  const pages = globSync("ui/**/*.{ts,tsx}", {
    cwd: ROOT,
    exclude: ["ui/dist/**", "**/*.test.ts"],
  });
  assert.ok(pages.length >= FEWEST_FILES, `only ${pages.length} files found under ui/`);
  const found = pages.flatMap((path) =>
    findPageViolations(path.replaceAll("\\", "/"), readFileSync(join(ROOT, path), "utf8")),
  );
  assert.deepEqual(found, []);
});

test("a planted violation of the rule for pages is found", () => {
  const planted: readonly [text: string, complaint: RegExp | null][] = [
    ['import { x } from "../../src/net/send.ts";', /outside ui\/ and src\/core\//],
    ['import type { X } from "../../src/dialects/dialect.ts";', /outside ui\/ and src\/core\//],
    ['import { readFile } from "node:fs";', /node:fs/],
    ['import { x } from "../../src/core/crypto/encrypt.ts";', /node:crypto/],
    ['import type { X } from "../../src/core/crypto/encrypt.ts";', null],
    ['import { parseJson } from "../../src/core/json/json.ts";', null],
    ['import { Tabs } from "radix-ui"; import "./tabs.module.css";', null],
  ];
  for (const [text, complaint] of planted) {
    const found = findPageViolations("ui/parts/a.tsx", text);
    assert.equal(found.length, complaint === null ? 0 : 1, `${text} gave ${found.join()}`);
    if (complaint !== null) assert.match(found[0] ?? "", complaint);
  }
});

test("text that only looks like an import is not read as an import", () => {
  const source = [
    '// import { a } from "../a.ts";',
    '/* export * from "../b.ts" */',
    "const text = 'import { c } from \"../c.ts\"';",
    'const template = `import "../d.ts" ${await import(\'../found.ts\')} from "../e.ts"`;',
    'const pattern = /["\'`/]\\/\\/"/g;',
    'const url = "https://example.test"; // it\'s',
    'import {\n  type X, // with a "comment"\n  y,\n} from "../also-found.ts";',
    "import.meta.dirname;",
  ].join("\n");
  assert.deepEqual(readImports(source), [
    { specifier: "../found.ts", line: 4 },
    { specifier: "../also-found.ts", line: 10 },
  ]);
});

function findViolations({ path, text }: Source): string[] {
  const row = toRow(path);
  if (!LAYERS.has(row) && !EDGE.includes(row)) return [`${path} belongs to no row of the table`];
  const imports = readImports(text).flatMap(({ specifier, line }) => {
    const complaint = complainAbout(path, specifier);
    return complaint === undefined ? [] : [`${path}:${line} ${complaint}`];
  });
  if (!WITHOUT_STORE.includes(row) || isTest(path)) return imports;
  const uses = findStoreUses(text).map((use) => `${path} takes the store: ${use}`);
  return [...imports, ...uses.map((use) => `${use}; it is reached through an operation`)];
}

function findPageViolations(path: string, text: string): string[] {
  return readImports(text).flatMap(({ specifier = "" }) => {
    if (specifier.startsWith("node:")) return [`${path} imports ${specifier}`];
    if (!specifier.startsWith(".")) return [];
    const target = posix.normalize(posix.join(dirname(path), specifier));
    if (target.startsWith("ui/")) return [];
    if (!target.startsWith("src/core/")) {
      return [`${path} imports ${target}, outside ui/ and src/core/`];
    }
    const isLoaded = loadedBy(path, text).includes(target);
    const builtIn = isLoaded ? findBuiltIn(target) : undefined;
    return builtIn === undefined ? [] : [`${path} imports ${target}, which loads ${builtIn}`];
  });
}

/** The first `node:` module that a file of src/core/ loads, itself or through others. */
function findBuiltIn(path: string, seen = new Set<string>()): string | undefined {
  if (path.startsWith("node:") || seen.has(path))
    return path.startsWith("node:") ? path : undefined;
  seen.add(path);
  for (const next of loadedBy(path, readFileSync(join(ROOT, path), "utf8"))) {
    const found = findBuiltIn(next, seen);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The files and `node:` modules that a file loads when it runs: its imports without those of types. */
function loadedBy(path: string, text: string): string[] {
  const { staticImports, staticExports } = parseSync(path, text).module;
  const imported = staticImports
    .filter(({ entries }) => entries.length === 0 || entries.some(({ isType }) => !isType))
    .map(({ moduleRequest }) => moduleRequest.value);
  const exported = staticExports.flatMap(({ entries }) =>
    entries.flatMap(({ isType, moduleRequest }) =>
      isType || moduleRequest === null ? [] : [moduleRequest.value],
    ),
  );
  return [...imported, ...exported]
    .filter((name) => name.startsWith(".") || name.startsWith("node:"))
    .map((name) =>
      name.startsWith(".") ? posix.normalize(posix.join(dirname(path), name)) : name,
    );
}

/** Every expression or pattern that takes a property with the name `store`. */
function findStoreUses(text: string): string[] {
  if (!/\bstore\b/.test(text)) return [];
  const found: string[] = [];
  const isStore = (key: { type: string; name?: unknown; value?: unknown }): boolean =>
    key.name === "store" || key.value === "store";
  new Visitor({
    MemberExpression({ property, start, end }) {
      if (isStore(property)) found.push(text.slice(start, end));
    },
    ObjectPattern({ properties, start, end }) {
      const isTaken = properties.some(
        (property) => property.type === "Property" && isStore(property.key),
      );
      if (isTaken) found.push(text.slice(start, end));
    },
  }).visit(parseSync("source.ts", text).program);
  return found;
}

function complainAbout(path: string, specifier: string | undefined): string | undefined {
  const row = toRow(path);
  const isEdge = EDGE.includes(row);
  const isFromTest = isTest(path);
  if (specifier === undefined) return isEdge ? undefined : "imports a computed name";
  if (!specifier.startsWith(".")) {
    const isFine = row !== "core" || isFromTest || CORE_PACKAGES.test(specifier);
    return isFine ? undefined : `core may not use ${specifier}`;
  }

  const target = posix.normalize(posix.join(dirname(path), specifier));
  if (isTest(target) && !isFromTest) return `imports a test, ${target}`;
  if (isEdge) return undefined;
  if (!target.startsWith("src/")) {
    return isFromTest && target.startsWith("test/") ? undefined : `imports ${target}, outside src/`;
  }
  const targetRow = toRow(target);
  if (targetRow !== row) {
    const mayImport = isFromTest ? rowsAbove(row) : (LAYERS.get(row) ?? []);
    return mayImport.includes(targetRow) ? undefined : `${row} may not import ${targetRow}`;
  }
  const [island, other] = [findIsland(path), findIsland(target)];
  if (island === undefined || other === undefined || island === other) return undefined;
  return `island ${island} may not import island ${other}`;
}

/** `src/core/a.ts` → `core`; `src/start.ts` → `start.ts`. */
function toRow(path: string): string {
  return path.split("/")[1] ?? "";
}

/** `src/dialects/svix/a.ts` → `svix`; undefined for files directly in `dialects/`. */
function findIsland(path: string): string | undefined {
  const parts = path.split("/");
  return ISLANDS.includes(toRow(path)) && parts.length > 3 ? parts[2] : undefined;
}

function rowsAbove(row: string): readonly string[] {
  const rows = [...LAYERS.keys()];
  return rows.slice(0, rows.indexOf(row));
}

function isTest(path: string): boolean {
  return path.startsWith("test/") || path.endsWith(".test.ts");
}
