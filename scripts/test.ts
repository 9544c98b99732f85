/**
 * Runs a set of test files under node's own runner, a limited number at a time. Each test has a timeout, and
 * so has the whole run: the runner's own does not end a file whose finished tests left a socket or timer
 * open. At the run's timeout the runner is interrupted, and prints the names of the running files.
 *
 *   node scripts/test.ts main              everything but test/faults and test/ui (the command of `npm test`)
 *   node scripts/test.ts ui                the pages in a real browser, which Chromium is needed for
 *   node scripts/test.ts faults            the fault tests, which kill processes and fill disks
 *   node scripts/test.ts faults --long     the same for hours, for the record
 *   node scripts/test.ts main src/core     only files whose path starts so; runner flags pass through
 */
import { spawnSync } from "node:child_process";
import { globSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { checkRows } from "./fault-rows.ts";
import { writeProcesses } from "./test-processes.ts";

type TestSet = {
  readonly patterns: readonly string[];
  readonly except?: readonly string[];
  readonly testMs: number;
  readonly runMs: number;
  readonly processesAtOnce: number;
  /** Whether files share processes, in which a crash ends all of them. */
  readonly isShared: boolean;
  /** The limits with `--long`. */
  readonly long?: { readonly testMs: number; readonly runMs: number };
};

const MINUTE_MS = 60_000;
const FAULTS = "faults";
/** The short form is the default. */
const LONG = "--long";
const FORMS: readonly string[] = ["--short", LONG];
/**
 * The compile cache of all processes and threads. Each store starts threads, and removing the types from
 * their modules was half of the duration of the SQLite contract (58 and 35 s, 2026-11-28).
 */
const COMPILED = fileURLToPath(new URL("../node_modules/.cache/compiled", import.meta.url));
/** The rows that a whole run of the fault tests repeats with servers that send on threads. */
const ON_THREADS: readonly string[] = [
  "f02-failpoints",
  "f20-edits-during-retries",
  "f21-stop-under-load",
];
const SENDERS = "2";
const ROWS_REPORTER = new URL("../test/faults/rows-reporter.ts", import.meta.url);

const SETS: Readonly<Record<string, TestSet>> = {
  main: {
    patterns: ["src/**/*.test.ts", "ui/**/*.test.ts", "demo/**/*.test.ts", "test/**/*.test.ts"],
    except: ["test/faults/", "test/ui/"],
    testMs: 2 * MINUTE_MS,
    runMs: 15 * MINUTE_MS,
    // Servers that start and stop leave a core idle for much of the time.
    processesAtOnce: 3,
    isShared: true,
  },
  ui: {
    patterns: ["test/ui/**/*.test.ts"],
    testMs: 2 * MINUTE_MS,
    runMs: 15 * MINUTE_MS,
    processesAtOnce: 2,
    // A browser and a server for each file.
    isShared: false,
  },
  faults: {
    patterns: ["test/faults/**/*.test.ts"],
    testMs: 10 * MINUTE_MS,
    runMs: 50 * MINUTE_MS,
    // The tests measure deadlines, and the effect of one application on another.
    processesAtOnce: 1,
    isShared: false,
    long: { testMs: 180 * MINUTE_MS, runMs: 360 * MINUTE_MS },
  },
};

process.exitCode = runTests(process.argv[2] ?? "", process.argv.slice(3));

function runTests(name: string, rest: readonly string[]): number {
  const set = SETS[name];
  if (set === undefined) {
    console.error(`no test set "${name}"; use one of: ${Object.keys(SETS).join(", ")}`);
    return 2;
  }
  const files = findFiles(
    set,
    rest.filter((word) => !word.startsWith("-")),
  );
  if (files.length === 0) {
    // Without files the runner would search for tests, find none and report success.
    console.error(`no file of the test set "${name}" matches the arguments`);
    return 2;
  }
  const isLong = rest.includes(LONG) && set.long !== undefined;
  const { testMs, runMs } = isLong ? set.long : set;
  const flags = rest.filter((word) => word.startsWith("-") && !FORMS.includes(word));
  const folder = mkdtempSync(join(tmpdir(), "hookline-tests-"));
  const rows = join(folder, "rows");
  try {
    const modules = set.isShared ? writeProcesses(folder, files) : files;
    console.log(
      `node ${process.version}: ${files.length} test files in ${modules.length} processes, ` +
        `${set.processesAtOnce} at a time`,
    );
    const runFiles = (paths: readonly string[], more: readonly string[], env: NodeJS.ProcessEnv) =>
      spawnSync(
        process.execPath,
        [
          "--test",
          `--test-concurrency=${set.processesAtOnce}`,
          `--test-timeout=${testMs}`,
          ...more,
          ...flags,
          ...paths,
        ],
        {
          stdio: "inherit",
          timeout: runMs,
          killSignal: "SIGINT",
          env: {
            NODE_COMPILE_CACHE: COMPILED,
            ...process.env,
            FAULTS_LENGTH: isLong ? "long" : "short",
            ...env,
          },
        },
      );
    const isWhole = name === FAULTS && rest.every((word) => FORMS.includes(word));
    // The repeats come first, so that the totals at the end are those of all fault tests.
    const repeated = isWhole ? ON_THREADS.map((row) => `test/faults/${row}.test.ts`) : [];
    let status = 0;
    if (repeated.length > 0) {
      console.log(`first, ${repeated.length} of them with ${SENDERS} sender threads`);
      const run = runFiles(repeated, [], { TEST_SENDERS: SENDERS, FAULTS_LENGTH: "short" });
      if (hasNotEnded(run, runMs)) return 1;
      status = run.status ?? 1;
    }
    const run = runFiles(modules, name === FAULTS ? reportersTo(rows) : [], {});
    if (hasNotEnded(run, runMs)) return 1;
    const problems = isWhole ? checkRows(rows, cannotRun()) : [];
    for (const problem of problems) console.error(problem);
    return status || (run.status ?? 1) || Math.min(problems.length, 1);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Whether the run was interrupted at its timeout, which it then reports. */
function hasNotEnded({ error }: { readonly error?: Error | undefined }, runMs: number): boolean {
  if (error === undefined) return false;
  if (!("code" in error) || error.code !== "ETIMEDOUT") throw error;
  console.error(`the tests had not ended after ${runMs / MINUTE_MS} minutes`);
  return true;
}

function reportersTo(rows: string): string[] {
  return [
    "--test-reporter=spec",
    "--test-reporter-destination=stdout",
    `--test-reporter=${fileURLToPath(ROWS_REPORTER)}`,
    `--test-reporter-destination=${rows}`,
  ];
}

/** Rows of the fault matrix that this machine cannot run, from the environment. */
function cannotRun(): string[] {
  return (process.env["FAULTS_CANNOT"] ?? "").split(",").map((row) => row.trim());
}

function findFiles(set: TestSet, starts: readonly string[]): string[] {
  const wanted = starts.map((start) => toSlashes(start));
  return globSync(set.patterns)
    .map((file) => toSlashes(file))
    .filter((file) => set.except?.some((start) => file.startsWith(start)) !== true)
    .filter((file) => wanted.length === 0 || wanted.some((start) => file.startsWith(start)))
    .sort();
}

function toSlashes(path: string): string {
  return path.replaceAll("\\", "/").replace(/^\.\//, "");
}
