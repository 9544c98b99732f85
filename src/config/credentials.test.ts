/** Where the keys of a SQLite store are kept, and which key files stop a start. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "../../test/harness/server.ts";
import { discardUnused, openCredentials } from "./credentials.ts";
import { readSettings } from "./read-settings.ts";
import type { Settings } from "./settings.ts";

function settingsFor(file: string): Settings {
  const read = readSettings({ HOOKLINE_STORE: `sqlite:${file}` });
  assert.ok(read.ok);
  return read.settings;
}

for (const [what, prepare] of [
  ["is missing", () => undefined],
  ["is empty", (file: string) => writeFileSync(file, "")],
] as const) {
  test(`a key file whose store ${what} stops the start with an error that names both and the remedy`, () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "hookline.db");
    openCredentials(settingsFor(file));
    prepare(file);
    assert.throws(() => openCredentials(settingsFor(file)), {
      code: "invalid_field",
      message: `The key file ${file}.secret-key exists, but its store ${file} is missing or empty. Restore a backup with "npx hookline restore", or delete the key file to start with an empty store.`,
    });
  });
}

test("a start that fails before it creates a store leaves no key file that would stop the next start", () => {
  using folder = temporaryFolder();
  const settings = settingsFor(join(folder.path, "hookline.db"));
  discardUnused(openCredentials(settings), settings);
  assert.deepEqual(readdirSync(folder.path), []);

  const credentials = openCredentials(settings);
  writeFileSync(join(folder.path, "hookline.db"), "a store");
  discardUnused(credentials, settings);
  assert.ok(existsSync(join(folder.path, "hookline.db.secret-key")), "a store needs its key");
});

test("keys are kept beside the file that a symbolic link points to", () => {
  using folder = temporaryFolder();
  const [real, link] = [join(folder.path, "real"), join(folder.path, "link.db")];
  mkdirSync(real);
  const made = openCredentials(settingsFor(join(real, "hookline.db")));
  writeFileSync(join(real, "hookline.db"), "a store");
  symlinkSync(join(real, "hookline.db"), link);
  const { secretKey, adminToken, secretKeyFile } = openCredentials(settingsFor(link));
  assert.deepEqual([secretKey, adminToken], [made.secretKey, made.adminToken]);
  assert.equal(secretKeyFile, join(real, "hookline.db.secret-key"));
});
