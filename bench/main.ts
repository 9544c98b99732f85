/**
 * `npm run bench`: measures the built program on this machine. Prints each figure, its ratio to the ceiling
 * and its target. `bench/README.md` explains them.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { startChildren } from "./children.ts";
import { machine, table, type Row } from "./report.ts";
import type { Amounts, Rig, Scenario } from "./rig.ts";
import { measureEmpty } from "./scenarios/empty.ts";
import { measureFanOut } from "./scenarios/fan-out.ts";
import { measureFilters } from "./scenarios/filters.ts";
import { measureHistory } from "./scenarios/history.ts";
import { measureEdgeAttacks, measureTenantAttacks } from "./scenarios/attacks.ts";
import { measureHungNeighbour } from "./scenarios/hung-neighbour.ts";
import { measureIsolation } from "./scenarios/isolation.ts";
import { measureLatency } from "./scenarios/latency.ts";
import { measurePages, measurePostgresPages } from "./scenarios/pages.ts";
import { measurePending } from "./scenarios/pending.ts";
import { measureAgainst } from "./scenarios/against.ts";
import { measureClaims } from "./scenarios/postgres-claims.ts";
import { measurePostgresHistory } from "./scenarios/postgres-history.ts";
import { measureIdle } from "./scenarios/postgres-idle.ts";
import { measurePostgres } from "./scenarios/postgres-throughput.ts";
import { measureRetention } from "./scenarios/retention.ts";
import { measureSenders } from "./scenarios/senders.ts";
import { measureSlowDisk } from "./scenarios/slow-disk.ts";
import { measureThroughput } from "./scenarios/throughput.ts";

const FULL: Amounts = {
  rounds: 5,
  roundMs: 4_000,
  warmMs: 6_000,
  latencyMs: 20_000,
  fanOutEndpoints: 1_000,
  pendingDeliveries: 500_000,
  oldEvents: 200_000,
  historyEvents: 5_000_000,
  idleMs: 60_000,
  deadDeliveries: 2_000_000,
  postgresHistoryEvents: 20_000_000,
  edgePublishes: 300,
  pagesDeliveries: 5_000_000,
  pagesPostgresDeliveries: 20_000_000,
};
/** A quick run, which only shows that every part works. */
const QUICK: Amounts = {
  rounds: 2,
  roundMs: 1_000,
  warmMs: 1_000,
  latencyMs: 3_000,
  fanOutEndpoints: 100,
  pendingDeliveries: 20_000,
  oldEvents: 20_000,
  historyEvents: 100_000,
  idleMs: 10_000,
  deadDeliveries: 50_000,
  postgresHistoryEvents: 150_000,
  edgePublishes: 50,
  pagesDeliveries: 50_000,
  pagesPostgresDeliveries: 50_000,
};

/** Pairs of short rounds: many of them, because the interval of their ratio is the result. */
const PAIRS = { rounds: 12, roundMs: 2_000 };

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  bc: (rig) => measureThroughput(rig, { singles: true, batches: true }),
  b: (rig) => measureThroughput(rig, { singles: true, batches: false }),
  c: (rig) => measureThroughput(rig, { singles: false, batches: true }),
  d: measureFanOut,
  e: measureLatency,
  f: measurePending,
  h: measureHungNeighbour,
  i: measureIsolation,
  retention: measureRetention,
  history: measureHistory,
  empty: measureEmpty,
  j: measurePostgres,
  k: measureClaims,
  l: measurePostgresHistory,
  m: measureIdle,
  n: measureEdgeAttacks,
  o: measureTenantAttacks,
  p: measureFilters,
  q: measurePages,
  r: measurePostgresPages,
  s: (rig) => measureSlowDisk(rig, given.against),
  t: measureSenders,
};
const USUAL = ["bc", "d", "e", "f", "h", "i", "retention"];
const POSTGRES = ["j", "k", "m"];

const { values: given } = parseArgs({
  options: {
    only: { type: "string", multiple: true, default: [] },
    quick: { type: "boolean", default: false },
    history: { type: "boolean", default: false },
    "history-rows": { type: "string" },
    row: { type: "string", multiple: true, default: [] },
    rounds: { type: "string" },
    against: { type: "string" },
    postgres: { type: "boolean", default: false },
    profile: { type: "boolean", default: false },
    folder: { type: "string", default: tmpdir() },
    "as-built": { type: "boolean", default: false },
    write: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const USAGE = `npm run bench -- [options]
  --only <figure>   ${Object.keys(SCENARIOS).join(", ")}; may be given several times (g is part of f)
                    with --against: b, c, d, e, j, or s alone
  --row <fault row>  only this row of n or o, such as F30; may be given several times
  --postgres        ${POSTGRES.join(", ")}: PostgreSQL beside SQLite
  --history-rows <n>  finished deliveries of l, q and r; 20,000,000 unless told otherwise, 5,000,000 of q
  --rounds <n>      rounds of each figure, ${FULL.rounds} unless told otherwise
  --against <folder>  another built checkout: CPU time of this one per 1,000 deliveries beside it, in pairs
  --history         a store of 5 million finished deliveries instead; takes long and 30 GB of disk
  --quick           seconds instead of minutes: shows that it works, measures nothing
  --folder <path>   where stores are put, on the disk that is to be measured
  --profile         keeps CPU profiles of every server thread in that folder
  --as-built        measures dist/ as it is, and does not build it first
  --write           puts the table into bench/README.md`;

if (given.help) console.log(USAGE);
else {
  const noteComplete = noteEarlyEnd();
  await run();
  noteComplete();
}

/**
 * Says why there are no figures when the process is ended from outside, or has nothing left to wait for. A run of
 * minutes once ended without a word. Call the returned function when the figures are complete.
 */
function noteEarlyEnd(): () => void {
  const onExit = (code: number): void =>
    console.error(`the bench ended with code ${code} before its figures were complete`);
  process.once("exit", onExit);
  for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      console.error(`the bench was ended by ${signal}`);
      process.exit(1);
    });
  }
  return () => void process.off("exit", onExit);
}

async function run(): Promise<void> {
  const names = namesGiven();
  const { against } = given;
  const chosen: (Scenario | undefined)[] =
    against === undefined || names.join() === "s"
      ? names.map((name) => SCENARIOS[name === "g" ? "f" : name])
      : [(rig) => measureAgainst(rig, against, given.only)];
  if (chosen.includes(undefined)) throw new Error(USAGE);
  if (!given["as-built"]) build();
  mkdirSync(given.folder, { recursive: true });
  const folder = mkdtempSync(join(given.folder, "hookline-bench-"));
  const about = `${machine(folder)}${given.quick ? " (a quick run: the figures mean nothing)" : ""}`;
  console.log(`${about}\n`);
  const rows: Row[] = [];
  try {
    await using children = await startChildren();
    const rig: Rig = {
      ...children,
      amounts: amountsGiven(),
      folder,
      profile: given.profile,
      faultRows: given.row,
      singlesPerSecond: undefined,
    };
    for (const scenario of chosen as Scenario[]) {
      const measured = await scenario(rig);
      console.log(`${table(measured)}\n`);
      rows.push(...measured);
    }
  } finally {
    if (!given.profile) rmSync(folder, { recursive: true, force: true });
    else console.log(`profiles are below ${folder}`);
  }
  if (given.write) writeTable(toPlace(names), about, rows);
  if (rows.some((row) => row.reached === false)) process.exitCode = 1;
}

function namesGiven(): readonly string[] {
  if (given.history) return ["history"];
  if (given.only.length > 0) return given.only;
  return given.postgres ? POSTGRES : USUAL;
}

function amountsGiven(): Amounts {
  const usual = given.quick ? QUICK : FULL;
  const amounts = given.against === undefined || given.quick ? usual : { ...usual, ...PAIRS };
  const rows = Number(given["history-rows"] ?? amounts.postgresHistoryEvents);
  const pages = given["history-rows"] === undefined ? {} : toPages(rows);
  const rounds = Number(given.rounds ?? amounts.rounds);
  for (const number of [rows, rounds]) {
    if (!Number.isSafeInteger(number) || number < 1) throw new Error(USAGE);
  }
  return { ...amounts, ...pages, rounds, postgresHistoryEvents: rows };
}

function toPages(rows: number): Pick<Amounts, "pagesDeliveries" | "pagesPostgresDeliveries"> {
  return { pagesDeliveries: rows, pagesPostgresDeliveries: rows };
}

/** The name of the page's section for the table, by the measured figures. */
function toPlace(names: readonly string[]): string {
  if (given.against !== undefined) return "against";
  if (names.includes("history")) return "history";
  if (names.includes("l")) return "postgres-history";
  if (names.includes("n")) return "edge-attacks";
  if (names.includes("o")) return "tenant-attacks";
  if (names.includes("p")) return "payload-filters";
  if (names.includes("q")) return "pages";
  if (names.includes("r")) return "postgres-pages";
  return names.every((name) => POSTGRES.includes(name)) ? "postgres" : "figures";
}

function build(): void {
  const script = fileURLToPath(new URL("../scripts/build.ts", import.meta.url));
  const { status } = spawnSync(process.execPath, [script], { stdio: "inherit" });
  if (status !== 0) throw new Error("the build failed, so there is nothing to measure");
}

/** Replaces the text between the two marks of this name. */
function writeTable(name: string, about: string, rows: readonly Row[]): void {
  const file = new URL("./README.md", import.meta.url);
  const text = readFileSync(file, "utf8");
  const open = `<!-- ${name} -->`;
  const start = text.indexOf(open) + open.length;
  const end = text.indexOf(`<!-- end of ${name} -->`, start);
  if (start < open.length || end < 0) throw new Error(`bench/README.md has no marks for ${name}`);
  writeFileSync(
    file,
    `${text.slice(0, start)}\n\n${about}.\n\n${table(rows)}\n\n${text.slice(end)}`,
  );
}
