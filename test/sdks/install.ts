/**
 * Installs a release once into `.sdks/` from its language's registry. Returns the command that starts its
 * driver.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import type { Release } from "./releases.ts";

const FOLDER = resolve(import.meta.dirname, "..", "..", ".sdks");
const HERE = import.meta.dirname;
const INSTALL_MS = 10 * 60_000;

/**
 * The command line of the driver, to which token and server are added. Throws when the release is
 * unavailable.
 */
export function installRelease({ language, version }: Release): readonly string[] {
  const folder = join(FOLDER, `${language}-${version}`);
  const isThere = existsSync(join(folder, "installed"));
  mkdirSync(folder, { recursive: true });
  const command = INSTALLERS[language]({ folder, version, isThere });
  writeFileSync(join(folder, "installed"), "");
  return command;
}

type Installer = (p: { folder: string; version: string; isThere: boolean }) => readonly string[];

const INSTALLERS: Readonly<Record<Release["language"], Installer>> = {
  javascript({ folder, version, isThere }) {
    if (!isThere) {
      writeFileSync(join(folder, "package.json"), '{"private":true}\n');
      const quietly = ["--silent", "--no-audit", "--no-fund", "--ignore-scripts"];
      run(["npm", "install", ...quietly, "--prefix", folder, `svix@${version}`]);
    }
    return [process.execPath, join(HERE, "drive.ts"), folder];
  },
  python({ folder, version, isThere }) {
    const python = join(folder, "bin", "python");
    if (!isThere) {
      run(["python3", "-m", "venv", folder]);
      const quietly = ["install", "--quiet", "--disable-pip-version-check"];
      run([python, "-m", "pip", ...quietly, `svix==${version}`]);
    }
    return [python, join(HERE, "drive.py")];
  },
  // The driver is built each time, which is fast without changes. `go.mod` names the same version.
  go({ folder }) {
    const driver = join(folder, "driver");
    run(["go", "build", "-o", driver, "."], join(HERE, "go"));
    return [driver];
  },
};

function run([command, ...args]: readonly [string, ...string[]], cwd = FOLDER): void {
  const { status, error, stderr } = spawnSync(command, args, {
    cwd,
    encoding: "utf8",
    timeout: INSTALL_MS,
  });
  if (error !== undefined) throw new Error(`${command} cannot be run: ${error.message}`);
  if (status !== 0)
    throw new Error(`${command} ended with ${status}: ${stderr.trim().slice(-500)}`);
}
