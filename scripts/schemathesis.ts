/**
 * Sends thousands of generated requests to a server, from its OpenAPI documents, with schemathesis. No
 * response may be a 5xx, or have a status that the document does not name. The script is not part of `npm
 * test`: it installs schemathesis from the Python registry into `.schemathesis/`, and needs Linux with
 * `python3`, `unshare` and `ip`.
 *
 * Requests create endpoints with any URL and publish events. Server and schemathesis therefore run in a
 * separate network namespace that has only a loopback, so that no packet can leave.
 *
 *   node scripts/schemathesis.ts                         all four documents
 *   node scripts/schemathesis.ts svix chirp --seed=42    two of them, with an earlier seed
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const VERSION = "4.32.5";
const FOLDER = resolve(import.meta.dirname, "..", ".schemathesis");
const INSIDE = fileURLToPath(new URL("./schemathesis-inside.ts", import.meta.url));
const RUN_MS = 40 * 60_000;

install();
process.exitCode = runInside();

function install(): void {
  const python = join(FOLDER, "bin", "python");
  if (!existsSync(python)) run("python3", ["-m", "venv", FOLDER]);
  const quietly = ["install", "--quiet", "--disable-pip-version-check"];
  run(python, ["-m", "pip", ...quietly, `schemathesis==${VERSION}`]);
}

function runInside(): number {
  const asRoot = process.getuid?.() === 0 ? [] : ["--map-root-user"];
  const script = 'ip link set lo up && exec "$@"';
  const inside = [process.execPath, INSIDE, FOLDER, ...process.argv.slice(2)];
  const args = [...asRoot, "--net", "sh", "-c", script, "sh", ...inside];
  const { status, error } = spawnSync("unshare", args, { stdio: "inherit", timeout: RUN_MS });
  if (error !== undefined) throw error;
  return status ?? 1;
}

function run(command: string, args: readonly string[]): void {
  const { status, error } = spawnSync(command, args, { stdio: "inherit" });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status}`);
}
