/**
 * Builds the pages at the end of `npm ci`. Plain JavaScript, because an installation without development
 * packages may run an older Node, and has nothing to build with: it goes on without the pages.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";

const toPath = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const canRun = Number.parseInt(process.versions.node, 10) >= 24;
const canBuild = existsSync(toPath("node_modules/esbuild")) && existsSync(toPath("ui"));

if (canRun && canBuild) {
  const { status, error } = spawnSync(process.execPath, [toPath("scripts/build-ui.ts")], {
    stdio: "inherit",
  });
  if (error !== undefined) throw error;
  process.exitCode = status ?? 1;
} else {
  console.log(
    "The pages of /dashboard and /portal are not built: development packages are missing.",
  );
}
