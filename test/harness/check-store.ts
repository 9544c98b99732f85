/**
 * Runs `hookline check --json` on a store, beside a live server or after it. The check recounts every
 * delivery (I12).
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";

const PROGRAM = resolve(import.meta.dirname, "../../src/main.ts");
const FIGURES = [
  "created",
  "delivered",
  "pending",
  "parked",
  "failed",
  "cancelled",
  "fanningOut",
] as const;

export type Figures = Record<(typeof FIGURES)[number], number>;

/** The sum over all applications. Fails when the recount does not agree with the tallies. */
export async function checkStore(settings: Readonly<Record<string, string>>): Promise<Figures> {
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, "check", "--json"], {
    env: { PATH: process.env["PATH"], ...settings },
  });
  const { apps, problems } = JSON.parse(stdout) as {
    readonly apps: readonly Figures[];
    readonly problems: readonly string[];
  };
  assert.deepEqual(problems, []);
  const sums = FIGURES.map((name) => [name, apps.reduce((sum, app) => sum + app[name], 0)]);
  return Object.fromEntries(sums) as Figures;
}
