/** `hookline copy`: everything of one file into PostgreSQL, shown as it goes. */
import { existsSync } from "node:fs";
import { storeFile } from "../config/credentials.ts";
import type { Settings } from "../config/settings.ts";
import { copyStore, type CopyProgress, type CopySummary } from "../store/copy.ts";
import { toPercent, progressBar } from "./progress-bar.ts";

/** Where nobody watches, a line for every tenth of the way. */
const LINES = 10;
const INTERRUPTED = 130;
/** Tables that an operator knows by name; the others are counted together. */
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
      onProgress: createOperationalEvent(),
    });
    if (summary.wasFinished)
      console.log(`${p.from} was copied to ${summary.to} before, all of it.`);
    else reportSummary(p.from, summary);
    logSettings(settings, p.from, summary);
    return 0;
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
    console.log(`${process.stdout.isTTY ? "\n" : ""}Interrupted. ${p.from} is the store as before.
Run the same command again: it goes on here, unless a server had the file in between.`);
    return INTERRUPTED;
  } finally {
    process.removeListener("SIGINT", interrupt);
  }
}

function createOperationalEvent(): (progress: CopyProgress) => void {
  const isTerminal = process.stdout.isTTY;
  let shown = "";
  return ({ stage, done, total }) => {
    const way = total === 0 ? 1 : done / total;
    if (stage === "checking") {
      console.log(`${isTerminal ? "\n" : ""}Counting and checking both.`);
      return;
    }
    const rows = `${figure(done)} of ${figure(total)} rows`;
    if (isTerminal) {
      process.stdout.write(`\r${progressBar(way)} ${toPercent(way)}  ${rows}\u001B[K`);
      return;
    }
    const step = String(Math.floor(way * LINES));
    if (step !== shown) console.log(`${toPercent(way)}  ${rows}`);
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
      "ever made",
      `${figure(totals.created)}: ${figure(totals.delivered)} delivered, ${figure(totals.pending)} pending, ${figure(totals.parked)} parked, ${figure(totals.failed)} failed, ${figure(totals.cancelled)} cancelled`,
    ],
    ["other rows", figure(others.reduce((sum, [, count]) => sum + count, 0))],
    ["feed up to", String(more.lastSequence)],
    ["key needed", more.keys.length === 0 ? "none yet" : more.keys.join(" and ")],
  ];
  console.log(`${to} holds all that ${from} holds, counted and checked.`);
  for (const [word, text] of lines) console.log(`  ${word.padEnd(12)}${text}`);
  for (const problem of problems) console.log(`The file had this wrong before: ${problem}`);
}

/** Files are named and never shown. */
function logSettings(settings: Settings, from: string, { to }: CopySummary): void {
  const file = storeFile(from) ?? from;
  const kept = (name: string, isGiven: boolean, path: string): string =>
    isGiven || !existsSync(path) ? `the same ${name} as before` : `what ${path} holds`;
  console.log(`
Start the server with
  HOOKLINE_STORE        the URL of ${to}
  HOOKLINE_SECRET_KEY   ${kept("key", settings.secretKey !== "", `${file}.secret-key`)}
  HOOKLINE_ADMIN_TOKEN  ${kept("token", settings.adminToken !== "", `${file}.admin-token`)}${
    existsSync(`${file}.secret-key.previous`)
      ? `\n  HOOKLINE_SECRET_KEY_PREVIOUS  what ${file}.secret-key.previous holds, until \`npx hookline rekey\` is done`
      : ""
  }
The file stays where it is; no server opens it any more.`);
}

function figure(count: number): string {
  return count.toLocaleString("en-US");
}
