/**
 * The Dockerfile without an engine. Its stages are folders. Files are copied as `.dockerignore` allows, and
 * commands are run. Packages are linked from this checkout instead of installed, development packages only
 * where the file installs them. An unknown command is refused.
 */
import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { ROOT } from "./compose-file.ts";
import { readImage, readInstructions, type Image } from "./dockerfile.ts";

/** The name of the last stage, which the image consists of. */
const LAST = "";

export type BuiltImage = Image & {
  /** The working directory of the command. */
  readonly folder: string;
  /** The working directories of the stages by their names. */
  readonly stages: ReadonlyMap<string, string>;
};

/** Builds the image. `into` is an empty folder. */
export async function buildImage(into: string): Promise<BuiltImage> {
  const stages = new Map<string, string>();
  const toRoot = (stage: string) => join(into, stage || "image");
  let name = LAST;
  for (const { word, rest } of readInstructions()) {
    const folder = stages.get(name) ?? into;
    if (word === "FROM") name = / AS (\w+)$/.exec(rest)?.[1] ?? LAST;
    else if (word === "WORKDIR") stages.set(name, makeFolder(join(toRoot(name), rest)));
    else if (word === "COPY") copy(rest, folder, toRoot);
    else if (word === "RUN") for (const command of rest.split(" && ")) await run(command, folder);
  }
  return { ...readImage(), folder: stages.get(LAST) ?? into, stages };
}

function copy(text: string, folder: string, toRoot: (stage: string) => string): void {
  const [, stage, names = ""] = /^(?:--from=(\w+) )?(.+)$/.exec(text) ?? [];
  const sources = names.split(" ");
  const target = join(folder, sources.pop() ?? "");
  for (const source of sources) {
    const from = stage === undefined ? inContext(source) : join(toRoot(stage), source);
    const to = names.endsWith("/") ? join(target, basename(source)) : target;
    cpSync(from, to, { recursive: true, verbatimSymlinks: true });
  }
}

function inContext(path: string): string {
  const ignore = readFileSync(join(ROOT, ".dockerignore"), "utf8").split("\n");
  if (!ignore.includes("*") || !ignore.includes(`!${path}`))
    throw new Error(`${path} is not in the context: .dockerignore excludes it`);
  return join(ROOT, path);
}

async function run(command: string, folder: string): Promise<void> {
  if (command === "npm ci --ignore-scripts") linkPackages(folder, { development: true });
  else if (command === "npm ci --omit=dev --ignore-scripts")
    linkPackages(folder, { development: false });
  else if (command === "npm run build") await runScript("build", folder);
  else if (command !== "npm cache clean --force") throw new Error(`"${command}" is not run here`);
}

/** Links the packages of the folder's lock file. */
function linkPackages(folder: string, { development }: { readonly development: boolean }): void {
  const lock = JSON.parse(readFileSync(join(folder, "package-lock.json"), "utf8")) as {
    readonly packages: Readonly<
      Record<string, { readonly dev?: boolean; readonly optional?: boolean }>
    >;
  };
  for (const [path, { dev = false, optional = false }] of Object.entries(lock.packages)) {
    const isTop = path.lastIndexOf("node_modules/") === 0;
    // The optional packages depend on the platform, and the build needs those that this one has.
    const isMissing = optional && (!development || !existsSync(join(ROOT, path)));
    if (!isTop || isMissing || (dev && !development)) continue;
    makeFolder(dirname(join(folder, path)));
    symlinkSync(join(ROOT, path), join(folder, path));
  }
}

async function runScript(name: string, folder: string): Promise<void> {
  const { scripts } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    readonly scripts: Readonly<Record<string, string>>;
  };
  const [program, ...words] = scripts[name]?.split(" ") ?? [];
  if (program !== "node") throw new Error(`"${name}" is not run here`);
  await promisify(execFile)(process.execPath, words, { cwd: folder });
}

function makeFolder(path: string): string {
  mkdirSync(path, { recursive: true });
  return path;
}
