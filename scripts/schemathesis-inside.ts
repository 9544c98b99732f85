/**
 * The part of `schemathesis.ts` that runs in a separate network namespace: a server on a temporary store with
 * some data, and schemathesis once per document and pass. A pass that deletes comes after the pass that needs
 * the data.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { startNativeApi } from "../test/harness/native-api.ts";
import { openTargets } from "./schemathesis-targets.ts";
import type { Target } from "./schemathesis-targets.ts";

const FEWEST_CASES = 2_000;
const PASS_MS = 8 * 60_000;
const CHECKS =
  "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";

/** The part of schemathesis's report that is read here. */
type Report = {
  readonly complete: boolean;
  readonly test_cases: { readonly generated: number; readonly unique_failures: number };
  readonly errors: readonly unknown[];
};
type Pass = {
  readonly name: string;
  readonly cases: number;
  readonly flags: readonly string[];
  readonly withIds: boolean;
};
type Tried = {
  readonly cases: number;
  readonly findings: number;
  readonly statuses: ReadonlyMap<string, number>;
};

const [folder = "", ...words] = process.argv.slice(2);
const seed = Number(
  words.find((word) => word.startsWith("--seed="))?.slice("--seed=".length) ?? Date.now() % 1e9,
);
const wanted = words.filter((word) => !word.startsWith("--"));
const outside = Object.keys(networkInterfaces()).filter((name) => name !== "lo");
assert.deepEqual(outside, [], "this must run in a namespace with a loopback only");

console.log(`seed ${seed}`);
const results = await tryDocuments();
for (const { name, tried } of results) console.log(toSummary(name, tried));
const isClean = results.every(({ tried }) => tried.findings === 0 && tried.cases >= FEWEST_CASES);
process.exitCode = isClean ? 0 : 1;

async function tryDocuments(): Promise<{ readonly name: string; readonly tried: Tried }[]> {
  const data = mkdtempSync(join(tmpdir(), "hookline-schemathesis-"));
  try {
    await using api = await startNativeApi({
      HOOKLINE_STORE: `sqlite:${join(data, "hookline.db")}`,
      HOOKLINE_LOG_LEVEL: "error",
    });
    const targets = await openTargets(api);
    const found = [];
    for (const target of targets) {
      if (wanted.length > 0 && !wanted.includes(target.name)) continue;
      found.push({ name: target.name, tried: await tryDocument(api.url, target, data) });
    }
    return found;
  } finally {
    rmSync(data, { recursive: true });
  }
}

async function tryDocument(url: string, target: Target, data: string): Promise<Tried> {
  const ending = target.ending.flatMap((id) => ["--include-operation-id", id]);
  const sparing = target.ending.flatMap((id) => ["--exclude-operation-id", id]);
  const passes: readonly Pass[] = [
    { name: "what is there", cases: 1_600, withIds: true, flags: sparing },
    { name: "anything", cases: 400, withIds: false, flags: sparing },
    { name: "what ends something", cases: 200, withIds: true, flags: ending },
  ];
  let all: Tried = { cases: 0, findings: 0, statuses: new Map() };
  for (const pass of passes) {
    if (pass.flags === ending && ending.length === 0) continue;
    console.log(`\n=== ${target.name}: ${pass.name}`);
    all = sum(all, await tryPass(url, { target, pass, data }));
  }
  return all;
}

async function tryPass(
  url: string,
  { target, pass, data }: { readonly target: Target; readonly pass: Pass; readonly data: string },
): Promise<Tried> {
  const config = join(data, "schemathesis.toml");
  writeFileSync(config, toConfig(target, pass));
  const [json, events] = [join(data, "report.json"), join(data, "events.ndjson")];
  const options = {
    seed: String(seed),
    "max-examples": String(Math.ceil(pass.cases / target.operations)),
    phases: "examples,coverage,fuzzing",
    checks: CHECKS,
    warnings: "off",
    "generation-database": "none",
    "request-timeout": "30",
    "max-redirects": "0",
    report: "json,ndjson",
    "report-json-path": json,
    "report-ndjson-path": events,
  };
  const args = [
    "--config-file",
    config,
    "run",
    `${url}/openapi/${target.name}.json`,
    "--no-color",
    "--continue-on-failure",
    ...Object.entries(options).map(([name, value]) => `--${name}=${value}`),
    ...pass.flags,
  ];
  const hooks = "scripts.schemathesis_ndjson";
  const child = spawn(join(folder, "bin", "st"), args, {
    stdio: "inherit",
    env: { ...process.env, SCHEMATHESIS_HOOKS: hooks, PYTHONPATH: join(import.meta.dirname, "..") },
    timeout: PASS_MS,
  });
  await once(child, "exit");
  const report = JSON.parse(readFileSync(json, "utf8")) as Report;
  const { generated, unique_failures } = report.test_cases;
  const statuses = new Map<string, number>();
  for (const [, status = ""] of readFileSync(events, "utf8").matchAll(/"status_code": ?(\d+)/g)) {
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }
  return {
    cases: generated,
    findings: unique_failures + report.errors.length + (report.complete ? 0 : 1),
    statuses,
  };
}

/** The configuration with credentials and existing ids, so that requests get past 401 and 404. */
function toConfig({ auth, headers, ids }: Target, { withIds }: Pass): string {
  const lines = [
    ...Object.entries(auth).flatMap(([scheme, [kind, value]]) => [
      `[auth.openapi.${scheme}]`,
      `${kind} = ${JSON.stringify(value)}`,
    ]),
    "[headers]",
    ...Object.entries(headers).map(
      ([name, value]) => `${JSON.stringify(name)} = ${JSON.stringify(value)}`,
    ),
    ...(withIds ? ["[parameters]"] : []),
    ...(withIds
      ? Object.entries(ids).map(([name, value]) => `"${name}" = ${JSON.stringify(value)}`)
      : []),
  ];
  return `${lines.join("\n")}\n`;
}

function sum(a: Tried, b: Tried): Tried {
  const statuses = new Map(a.statuses);
  for (const [status, count] of b.statuses)
    statuses.set(status, (statuses.get(status) ?? 0) + count);
  return { cases: a.cases + b.cases, findings: a.findings + b.findings, statuses };
}

function toSummary(name: string, { cases, findings, statuses }: Tried): string {
  const shown = [...statuses]
    .toSorted(([a], [b]) => Number(a) - Number(b))
    .map(([status, count]) => `${status}: ${count}`);
  return `${name}: ${cases} cases, ${findings} findings (${shown.join(", ")})`;
}
