import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { DELIVERY_POLICIES, policyFor } from "../core/delivery/delivery-policy.ts";
import { DIALECTS } from "../core/snapshot.ts";
import { DEFAULT_STOP_KEYWORDS } from "../core/messages/optout.ts";
import { readSettings, shownValue } from "./read-settings.ts";
import { SETTINGS } from "./settings.ts";

test("an empty environment results in the defaults", () => {
  const read = readSettings({});
  assert.ok(read.ok);
  assert.equal(read.settings.port, 8080);
  assert.equal(read.settings.retentionMs, 30 * 86_400_000);
  assert.equal(read.settings.eventBytes, 1024 * 1024);
  assert.deepEqual(read.settings.unstopKeywords, ["UNSTOP"]);
  assert.deepEqual(read.settings.stopKeywords, DEFAULT_STOP_KEYWORDS);
});

test("all problems are reported at once, each with the variable, the value and the allowed values", () => {
  const read = readSettings({
    HOOKLINE_PORT: "70000",
    HOOKLINE_RETENTION: "2d",
    HOOKLINE_HTTP_URLS: "sometimes",
    HOOKLINE_STORE: "mysql://x",
  });
  assert.ok(!read.ok);
  assert.equal(read.problems.length, 4);
  const all = read.problems.join("\n");
  assert.match(all, /HOOKLINE_PORT is "70000": it must be a whole number from 0 to 65535/);
  assert.match(all, /HOOKLINE_RETENTION is "2d": it must be a duration from 96h/);
  assert.match(all, /dialect, allow, refuse/);
  assert.match(all, /HOOKLINE_STORE is "mysql:\/\/x"/);
});

test("every setting is read by the program", () => {
  const root = join(import.meta.dirname, "..");
  const texts = globSync("**/*.ts", { cwd: root })
    .filter((path) => !/settings\.ts$|\.test\.ts$/.test(path))
    .map((path) => readFileSync(join(root, path), "utf8"));
  const isRead = (name: string) => texts.some((text) => new RegExp(`\\b${name}\\b`).test(text));
  assert.deepEqual(
    Object.keys(SETTINGS).filter((name) => !isRead(name)),
    [],
  );
});

test("a misspelt setting is reported instead of ignored", () => {
  const read = readSettings({ HOOKLINE_PROT: "1" });
  assert.ok(!read.ok);
  assert.match(read.problems[0] ?? "", /HOOKLINE_PROT is not a setting/);
});

test("an invalid secret is not printed", () => {
  const read = readSettings({ HOOKLINE_ADMIN_TOKEN: "hunter2" });
  assert.ok(!read.ok);
  assert.doesNotMatch(read.problems.join(), /hunter2/);
});

test("the default settings result in the delivery policy of every dialect", () => {
  const read = readSettings({});
  assert.ok(read.ok);
  for (const dialect of DIALECTS) {
    const policy = policyFor({ dialect, settings: read.settings });
    assert.deepEqual(policy, DELIVERY_POLICIES[dialect], dialect);
  }
});

test("invalid addresses, retries, TLS versions and switches are refused with the allowed values", () => {
  const read = readSettings({
    HOOKLINE_EGRESS_ADDRESS: "eth0",
    HOOKLINE_EGRESS_PUBLISHED: "203.0.113.7",
    HOOKLINE_SENDBLUE_RETRIES: "soon",
    HOOKLINE_CHIRP_RETRIES: "1s,4d",
    HOOKLINE_SENDBLUE_RETRY_4XX: "perhaps",
    HOOKLINE_TLS_MIN: "1.1",
    HOOKLINE_UI_MASK: "maybe",
  });
  assert.ok(!read.ok);
  assert.deepEqual(
    read.problems.map((problem) => problem.replace(/^(\S+ is "[^"]*": it must be|\S+).*/, "$1")),
    [
      'HOOKLINE_EGRESS_ADDRESS is "eth0": it must be',
      "HOOKLINE_EGRESS_PUBLISHED",
      'HOOKLINE_TLS_MIN is "1.1": it must be',
      'HOOKLINE_SENDBLUE_RETRIES is "soon": it must be',
      'HOOKLINE_SENDBLUE_RETRY_4XX is "perhaps": it must be',
      'HOOKLINE_CHIRP_RETRIES is "1s,4d": it must be',
      'HOOKLINE_UI_MASK is "maybe": it must be',
    ],
  );
  assert.match(read.problems.at(-1) ?? "", /on, off/);
});

test("shown settings contain no secret and no database password", () => {
  assert.equal(shownValue("HOOKLINE_ADMIN_TOKEN", "hk_secret"), "…");
  const given = "postgres://me:p@ss:word@db:5432/hookline?password=again&sslmode=require";
  for (const env of ["HOOKLINE_STORE", "HOOKLINE_PG_LISTEN_URL"]) {
    const shown = shownValue(env, given);
    assert.equal(shown, "postgres://me:…@db:5432/hookline?password=…&sslmode=require");
  }
  assert.equal(shownValue("HOOKLINE_STORE", "sqlite:./data/x.db"), "sqlite:./data/x.db");
});

test("origins are *, off, or origins as browsers send them", () => {
  for (const wrong of ["portal.example", "https://portal.example/path", "*,https://a.example"]) {
    const read = readSettings({ HOOKLINE_CORS_ORIGINS: wrong });
    assert.ok(!read.ok, wrong);
    assert.match(
      read.problems[0] ?? "",
      /it must be \*, off, or comma-separated origins such as https:/,
    );
  }
  const read = readSettings({ HOOKLINE_CORS_ORIGINS: "https://A.example, http://localhost:3000" });
  assert.ok(read.ok);
  assert.deepEqual(read.settings.corsOrigins, ["https://a.example", "http://localhost:3000"]);
});
