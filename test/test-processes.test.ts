import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { writeProcesses } from "../scripts/test-processes.ts";
import { temporaryFolder } from "./harness/server.ts";

test("each test file runs in one process, and the files that wait start among the long ones", () => {
  using folder = temporaryFolder();
  const inOrder = [
    ["src/store/postgres/contract/a.test.ts"],
    ["demo/a.test.ts"],
    ["src/store/postgres/contract/b.test.ts"],
    ["test/e2e/a.test.ts"],
    ["src/core/a.test.ts", "src/core/json/b.test.ts"],
    ["test/e2e/b.test.ts"],
    ["src/start.test.ts"],
  ];
  const modules = writeProcesses(folder.path, inOrder.flat().toSorted());
  const found = modules
    .toSorted()
    .map((path) =>
      Array.from(readFileSync(path, "utf8").matchAll(/"(file:[^"]+)"/g), ([, url = ""]) =>
        fileURLToPath(url).slice(process.cwd().length + 1),
      ),
    );
  assert.deepEqual(found, inOrder);
});

test("files that share a process keep their hooks apart, and one that fails to load fails the run", () => {
  using folder = temporaryFolder();
  const source = (name: string) => `
    import { before, after, test } from "node:test";
    before(() => { globalThis.current = "${name}"; });
    after(() => { globalThis.current = null; });
    test("first of ${name}", () => { if (globalThis.current !== "${name}") throw new Error(); });
    test("second of ${name}", () => { if (globalThis.current !== "${name}") throw new Error(); });`;
  const files = ["src/core/a.test.mjs", "src/core/b.test.mjs", "src/core/c.test.mjs"];
  mkdirSync(join(folder.path, "src/core"), { recursive: true });
  for (const file of files) writeFileSync(join(folder.path, file), source(file));
  const run = () => {
    const modules = writeProcesses(folder.path, files, folder.path);
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const words = ["--test", "--test-reporter=tap", ...modules];
    return spawnSync(process.execPath, words, { encoding: "utf8", env });
  };
  const good = run();
  assert.equal(good.status, 0, good.stdout);
  assert.match(good.stdout, /^# tests 6\n(?:.*\n)*# pass 6$/m);
  writeFileSync(join(folder.path, files[1] ?? ""), `import "./none.mjs";`);
  const bad = run();
  assert.equal(bad.status, 1, bad.stdout);
  assert.match(bad.stdout, /^# pass 4$/m);
});
