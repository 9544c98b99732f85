/** `hookline copy`: copies everything from a SQLite file to PostgreSQL and shows the progress. */
import { existsSync } from "node:fs";
import { storeFile } from "../config/credentials.ts";
import type { Settings } from "../config/settings.ts";
import { copyStore, type CopyProgress, type CopySummary } from "../store/copy/copy.ts";
import { toPercent, progressBar } from "./progress-bar.ts";

/** Progress lines when the output is not a terminal: one for every tenth. */
const LINES = 10;
const INTERRUPTED = 130;
/** Tables that operators know by name. All others are counted together. */
const NAMED = [
  ["apps", "app"],
  ["endpoints", "endpoint"],
  ["events", "event"],
  ["attempts", "attempt"],
  ["messages", "message"],
  ["contacts", "contact"],
] as const;

export async function copyTo(
  settings: Settings,
  p: { readonly from: string; readonly to?: string },
): Promise<number> {
  const to = p.to ?? settings.store;
  const interruption = new AbortController();
  const interrupt = (): void => interruption.abort();
  process.once("SIGINT", interrupt);
  try {
    const { signal } = interruption;
    const summary = await copyStore({
      from: p.from,
      to,
      signal,
      onProgress: createProgressPrinter(),
    });
    if (summary.wasFinished)
      console.log(`${p.from} has already been copied completely to ${summary.to}.`);
    else reportSummary(p.from, summary);
    printSettings(settings, p.from, summary);
    return 0;
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
    console.log(`${process.stdout.isTTY ? "\n" : ""}Interrupted. ${p.from} is still the store.
Run the same command again to continue. If a server uses the file in between, the copy needs an empty database.`);
    return INTERRUPTED;
  } finally {
    process.removeListener("SIGINT", interrupt);
  }
}

function createProgressPrinter(): (progress: CopyProgress) => void {
  const isTerminal = process.stdout.isTTY;
  let shown = "";
  return ({ stage, done, total }) => {
    const fraction = total === 0 ? 1 : done / total;
    if (stage === "checking") {
      console.log(`${isTerminal ? "\n" : ""}Counting and checking both stores.`);
      return;
    }
    const rows = `${figure(done)} of ${figure(total)} rows`;
    if (isTerminal) {
      process.stdout.write(`\r${progressBar(fraction)} ${toPercent(fraction)}  ${rows}\u001B[K`);
      return;
    }
    const step = String(Math.floor(fraction * LINES));
    if (step !== shown) console.log(`${toPercent(fraction)}  ${rows}`);
    shown = step;
  };
}

function reportSummary(from: string, { to, rows, totals, problems, ...more }: CopySummary): void {
  const named = NAMED.map(([word, table]) => [word, rows.get(table) ?? 0] as const);
  const known = new Set<string>([...NAMED.map(([, table]) => table), "delivery"]);
  const others = [...rows].filter(([table]) => !known.has(table));
  const lines: [string, string][] = [
    ...named.map(([word, count]): [string, string] => [word, figure(count)]),
    ["deliveries", figure(rows.get("delivery") ?? 0)],
    [
      "created",
      `${figure(totals.created)}: ${figure(totals.delivered)} delivered, ${figure(totals.pending)} pending, ${figure(totals.parked)} parked, ${figure(totals.failed)} failed, ${figure(totals.cancelled)} cancelled`,
    ],
    ["other rows", figure(others.reduce((sum, [, count]) => sum + count, 0))],
    ["feed up to", String(more.lastSequence)],
    ["key needed", more.keys.length === 0 ? "none yet" : more.keys.join(" and ")],
  ];
  console.log(`Everything in ${from} has been copied to ${to}, counted and checked.`);
  for (const [word, text] of lines) console.log(`  ${word.padEnd(12)}${text}`);
  for (const problem of problems)
    console.log(`The file already had this problem before the copy: ${problem}`);
}

/** Prints the names of secret files and never their contents. */
function printSettings(settings: Settings, from: string, { to }: CopySummary): void {
  const file = storeFile(from) ?? from;
  const secretSource = (name: string, isGiven: boolean, path: string): string =>
    isGiven || !existsSync(path) ? `the same ${name} as before` : `the contents of ${path}`;
  console.log(`
Start the server with
  HOOKLINE_STORE        the URL of ${to}
  HOOKLINE_SECRET_KEY   ${secretSource("key", settings.secretKey !== "", `${file}.secret-key`)}
  HOOKLINE_ADMIN_TOKEN  ${secretSource("token", settings.adminToken !== "", `${file}.admin-token`)}${
    existsSync(`${file}.secret-key.previous`)
      ? `\n  HOOKLINE_SECRET_KEY_PREVIOUS  the contents of ${file}.secret-key.previous, until \`npx hookline rekey\` has finished`
      : ""
  }
The file stays where it is, but servers no longer open it.`);
}

function figure(count: number): string {
  return count.toLocaleString("en-US");
}
