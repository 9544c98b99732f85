import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readSettings } from "../config/read-settings.ts";
import { documentFiles } from "./write-documents.ts";

const FOLDER = join(import.meta.dirname, "../../docs/api");

test("docs/api holds what `npm run docs` generates from the dialects, and nothing else", () => {
  const read = readSettings({});
  assert.ok(read.ok);
  const files = documentFiles(read.settings);
  assert.deepEqual(readdirSync(FOLDER).toSorted(), files.map(({ name }) => name).toSorted());
  for (const { name, text } of files) {
    // Not deepEqual: what it prints of two such texts helps nobody.
    assert.ok(readFileSync(join(FOLDER, name), "utf8") === text, `${name} is out of date`);
  }
});
