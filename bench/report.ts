/** The report of a run: one row per figure, and the machine. */
import { execFileSync } from "node:child_process";
import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { monotonicMs } from "./clock.ts";
import { quantile, type Spread } from "./pairs.ts";

export type Row = {
  /** The letter of the figure and its description. */
  readonly what: string;
  readonly figure: string;
  /** The ratio to the ceiling of the same rounds, where that is meaningful. */
  readonly ratio?: string;
  readonly wanted?: string;
  readonly reached?: boolean;
};

export function perSecond({ median, least, most }: Spread, unit: string): string {
  return `${whole(median)} ${unit}/s (${whole(least)}–${whole(most)})`;
}

export function showRatio({ median, least, most }: Spread): string {
  return `${median.toFixed(2)} (${least.toFixed(2)}–${most.toFixed(2)})`;
}

export function milliseconds(value: number): string {
  return `${value < 10 ? value.toFixed(1) : whole(value)} ms`;
}

export function whole(value: number): string {
  return Math.round(value).toLocaleString("en-GB");
}

const COLUMNS = ["", "figure", "ratio to (a)", "target", "met"] as const;

/** A Markdown table, padded so that it is readable in a terminal too. */
export function table(rows: readonly Row[]): string {
  const cells = [
    [...COLUMNS],
    ...rows.map((row) => [
      row.what,
      row.figure,
      row.ratio ?? "",
      row.wanted ?? "",
      row.reached === undefined ? "" : row.reached ? "yes" : "**no**",
    ]),
  ];
  const widths = COLUMNS.map((_, i) => Math.max(...cells.map((row) => (row[i] ?? "").length)));
  const lines = cells.map(
    (row) => `| ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" | ")} |`,
  );
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [lines[0], rule, ...lines.slice(1)].join("\n");
}

/** The machine in one sentence, with the minimum cost of a commit on its disk. */
export function machine(folder: string): string {
  const { p50, p99 } = syncLatency(folder);
  const commit = git("rev-parse", "--short", "HEAD");
  return [
    `${new Date().toISOString().slice(0, 10)}${commit === "" ? "" : `, commit ${commit}`}`,
    `${cpus().length} × ${cpus()[0]?.model.trim() ?? "unknown CPU"}`,
    `${whole(totalmem() / 2 ** 30)} GiB memory`,
    `Linux ${release()}`,
    `Node ${process.version}`,
    `fdatasync of 4 KiB ${milliseconds(p50)} at the median, ${milliseconds(p99)} at p99`,
  ].join("; ");
}

const SYNCS = 200;

function syncLatency(folder: string): { p50: number; p99: number } {
  const file = join(folder, "sync-probe");
  const descriptor = openSync(file, "w");
  const page = new Uint8Array(4096).fill(1);
  const took = Array.from({ length: SYNCS }, () => {
    const startedAt = monotonicMs();
    writeSync(descriptor, page);
    fdatasyncSync(descriptor);
    return monotonicMs() - startedAt;
  });
  closeSync(descriptor);
  rmSync(file);
  return { p50: quantile(took, 0.5), p99: quantile(took, 0.99) };
}

function git(...args: readonly string[]): string {
  try {
    return execFileSync("git", [...args], { stdio: ["ignore", "pipe", "ignore"] })
      .toString()
      .trim();
  } catch {
    return "";
  }
}
