/**
 * A mutation test of `docs/claims.md`. For each row of `claim-breaks.ts` the named test must pass in a copy
 * of the repository, and fail in it once the promise is broken. A test that still passes fails the run. So
 * does a test that is skipped, or fails for another reason: it did not end, or the program did not start.
 *
 *   node scripts/break-claims.ts              all of them, in a few minutes
 *   node scripts/break-claims.ts fsync 64-bit only promises with one of these words
 *   node scripts/break-claims.ts --write      writes the result into the page
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { BREAKS } from "./claim-breaks.ts";
import type { Break } from "./claim-breaks.ts";
import type { TestResult } from "./claims-reporter.ts";
import { toPattern, readClaims } from "./read-claims.ts";
import type { Claim } from "./read-claims.ts";

const ROOT = resolve(import.meta.dirname, "..");
const REPORTER = new URL("./claims-reporter.ts", import.meta.url);
const PAGE = join(ROOT, "docs/claims.md");
const AT_ONCE = 2;
const TEST_MS = 60_000;
/**
 * The runner's own timeout does not end a file with an open socket or timer. This much later the run is
 * killed.
 */
const BEYOND_TEST_MS = 15_000;
const BLOCK = /(<!-- figures begin -->\n)[^]*?(<!-- figures end -->)/;

type Shown = {
  readonly broken: Break;
  readonly claim: Claim;
  readonly isRed: boolean;
  /** The message of the failed test, or the reason why the result does not count. */
  readonly message: string;
  readonly seconds: number;
};

const words = process.argv.slice(2).filter((word) => !word.startsWith("-"));
process.exitCode = await breakClaims(process.argv.includes("--write"));

async function breakClaims(isToWrite: boolean): Promise<number> {
  const startedAt = performance.now();
  const claims = new Map(
    readClaims(readFileSync(PAGE, "utf8")).map((claim) => [claim.promise, claim]),
  );
  const wanted = BREAKS.filter(
    ({ promise }) => words.length === 0 || words.some((word) => promise.includes(word)),
  );
  const waiting = [...wanted];
  const shown: Shown[] = [];
  const folder = mkdtempSync(join(tmpdir(), "hookline-claims-"));
  try {
    const copies = Array.from({ length: AT_ONCE }, (_, n) => copyRepository(join(folder, `${n}`)));
    const work = async (copy: string) => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const claim = claims.get(next.promise);
        if (claim === undefined) throw new Error(`the page has no row "${next.promise}"`);
        const one = await tryBreak(copy, claim, next);
        shown.push(one);
        console.log(
          `${one.isRed ? "red  " : "GREEN"} ${one.claim.promise} (${seconds(one)}): ${one.message}`,
        );
      }
    };
    await Promise.all(copies.map(work));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const inOrder = wanted.flatMap(({ promise }) =>
    shown.filter(({ claim }) => claim.promise === promise),
  );
  const table = toTable(inOrder, (performance.now() - startedAt) / 1000);
  console.log(`\n${table}`);
  const isGood = inOrder.length > 0 && inOrder.every(({ isRed }) => isRed);
  if (isToWrite && isGood) {
    const page = readFileSync(PAGE, "utf8");
    writeFileSync(
      PAGE,
      page.replace(BLOCK, (_all, begin: string, end: string) => `${begin}${table}${end}`),
    );
  }
  return isGood ? 0 : 1;
}

/** Copies tracked and new files. The copy uses the installed modules. */
function copyRepository(to: string): string {
  const listed = spawnSync("git", ["ls-files", "-co", "--exclude-standard", "-z"], {
    cwd: ROOT,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (listed.status !== 0) throw new Error(`git lists no files: ${listed.stderr}`);
  for (const path of listed.stdout.split("\0")) {
    if (path !== "" && existsSync(join(ROOT, path))) cpSync(join(ROOT, path), join(to, path));
  }
  symlinkSync(join(ROOT, "node_modules"), join(to, "node_modules"));
  return to;
}

async function tryBreak(copy: string, claim: Claim, broken: Break): Promise<Shown> {
  const startedAt = performance.now();
  const done = (isRed: boolean, message: string): Shown => {
    return { broken, claim, isRed, message, seconds: (performance.now() - startedAt) / 1000 };
  };
  const path = join(copy, broken.file);
  const source = readFileSync(path, "utf8");
  if (source.split(broken.from).length !== 2) {
    return done(false, `"${broken.from}" does not occur once in ${broken.file}`);
  }
  const run = (testMs: number) =>
    runTest(copy, { file: broken.run ?? claim.file, name: toPattern(claim.test), testMs });
  const before = await run(TEST_MS);
  if (before.length === 0) return done(false, "no test with this title ran");
  const bad = before.find(({ result }) => result !== "passed");
  if (bad !== undefined) return done(false, `unbroken it ${bad.result}: ${bad.reason}`);
  writeFileSync(
    path,
    source.replace(broken.from, () => broken.to),
  );
  try {
    const after = await run(broken.noEndMs ?? TEST_MS);
    const wanted = broken.noEndMs === undefined ? "says_no" : "no_end";
    const red = after.find(({ kind }) => kind === wanted);
    if (red !== undefined) {
      return done(true, wanted === "no_end" ? `no end within ${broken.noEndMs} ms` : red.reason);
    }
    const other = after.find(({ result }) => result === "failed");
    if (other !== undefined) return done(false, `it failed for another reason: ${other.reason}`);
    return done(
      false,
      after.length === 0 ? "the test did not run after the change" : "the test passed",
    );
  } finally {
    writeFileSync(path, source);
  }
}

/** Returns the results of the tests with a matching name; none when the run did not reach them in time. */
async function runTest(
  copy: string,
  { file, name, testMs }: { readonly file: string; readonly name: RegExp; readonly testMs: number },
): Promise<readonly TestResult[]> {
  const child = spawn(
    process.execPath,
    [
      "--test",
      `--test-timeout=${testMs}`,
      `--test-reporter=${fileURLToPath(REPORTER)}`,
      `--test-name-pattern=${name}`,
      file,
    ],
    {
      cwd: copy,
      // The process group includes the processes of the tests, which are killed at the deadline too.
      detached: true,
      stdio: ["ignore", "pipe", "ignore"],
      // One round of each fault.
      env: { ...process.env, FAULT_CYCLES: "1" },
    },
  );
  const deadline = setTimeout(
    () => process.kill(-(child.pid as number), "SIGKILL"),
    testMs + BEYOND_TEST_MS,
  );
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  await once(child, "close");
  clearTimeout(deadline);
  return output
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as TestResult)
    .filter((result) => name.test(result.name));
}

function seconds(shown: Shown): string {
  return `${shown.seconds.toFixed(1)} s`;
}

function toTable(shown: readonly Shown[], totalSeconds: number): string {
  const cell = (text: string) => text.replaceAll("|", "\\|").replaceAll(/\s+/g, " ");
  const day = new Date().toISOString().slice(0, 10);
  const red = shown.filter(({ isRed }) => isRed).length;
  return [
    `${day}, Node ${process.version}, ${availableParallelism()} cores (${cpus()[0]?.model ?? "unknown"}): ` +
      `${red} of ${shown.length} broken promises were detected by their test, in ${Math.round(totalSeconds)} s.`,
    "",
    "| broken promise | change | file | failed test | message | s |",
    "| --- | --- | --- | --- | --- | --- |",
    ...shown.map(
      ({ broken, claim, isRed, message, seconds: took }) =>
        `| ${cell(broken.promise)} | ${cell(broken.what)} | \`${broken.file}\` | ${
          isRed ? cell(claim.test) : "none"
        } | ${cell(message).slice(0, 160)} | ${took.toFixed(1)} |`,
    ),
    "",
  ].join("\n");
}
