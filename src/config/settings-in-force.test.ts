import assert from "node:assert/strict";
import { test } from "node:test";
import type { Credentials } from "./credentials.ts";
import { readSettings } from "./read-settings.ts";
import { settingsInForce } from "./settings-in-force.ts";

const SECRET = "s3cret-s3cret-s3cret-s3cret-s3cret";
const ENVIRONMENT = {
  HOOKLINE_RETENTION: "12d",
  HOOKLINE_STORE: `postgres://hookline:${SECRET}@db.example.com/hookline`,
  HOOKLINE_SECRET_KEY: SECRET,
  HOOKLINE_EGRESS_PROXY: `http://user:${SECRET}@proxy.example.com:3128`,
};
const credentials: Credentials = {
  adminToken: SECRET,
  secretKey: SECRET,
  previousSecretKey: null,
  secretKeyFile: null,
  adminTokenFile: "/data/hookline.db.admin-token",
};

test("each setting in force has its value and source, and no secret is shown", () => {
  const read = readSettings(ENVIRONMENT);
  assert.ok(read.ok);
  const rows = settingsInForce(
    { ...read.settings, httpUrls: "allow" },
    { credentials, environment: ENVIRONMENT },
  );
  const of = (name: string) => {
    const { value, source } = rows.find((row) => row.name === name) ?? assert.fail(name);
    return [value, source];
  };
  assert.deepEqual(of("HOOKLINE_RETENTION"), ["12d", "environment"]);
  assert.deepEqual(of("HOOKLINE_PORT"), ["8080", "default"]);
  assert.deepEqual(of("HOOKLINE_HTTP_URLS"), ["allow", "command"]);
  assert.deepEqual(of("HOOKLINE_ADMIN_TOKEN"), ["set", "file"]);
  assert.deepEqual(of("HOOKLINE_SECRET_KEY"), ["set", "environment"]);
  assert.deepEqual(of("HOOKLINE_SECRET_KEY_PREVIOUS"), ["not set", "default"]);
  assert.deepEqual(of("HOOKLINE_EGRESS_PROXY"), ["set", "environment"]);
  assert.deepEqual(of("HOOKLINE_STORE"), [
    "postgres://hookline:…@db.example.com/hookline",
    "environment",
  ]);
  assert.ok(!JSON.stringify(rows).includes(SECRET));
});
