/**
 * The Dockerfile, done without an engine: its stages are folders, what it copies is copied as far as
 * `.dockerignore` lets it, what it runs is run. Packages are linked from this checkout instead of
 * installed, those of development only where the file has them. A command that it does not know is refused.
 */
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { ROOT } from "./compose-file.ts";
import { readImage, readInstructions, type Image } from "./dockerfile.ts";

/** Of the stage that the image is made of, which has no name. */
const LAST = "";

export type BuiltImage = Image & {
  /** Where the command is to be run. */
  readonly folder: string;
  /** The working directories of the stages by their names. */
  readonly stages: ReadonlyMap<string, string>;
};

/** `into` is an empty folder. */
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
    throw new Error(`${path} is not in the context: .dockerignore leaves it out`);
  return join(ROOT, path);
}

async function run(command: string, folder: string): Promise<void> {
  if (command === "npm ci") linkPackages(folder, { development: true });
  else if (command === "npm ci --omit=dev") linkPackages(folder, { development: false });
  else if (command === "npm run build") await runScript("build", folder);
  else if (command !== "npm cache clean --force") throw new Error(`"${command}" is not run here`);
}

/** As the lock file in the folder has them. */
function linkPackages(folder: string, { development }: { readonly development: boolean }): void {
  const lock = JSON.parse(readFileSync(join(folder, "package-lock.json"), "utf8")) as {
    readonly packages: Readonly<
      Record<string, { readonly dev?: boolean; readonly optional?: boolean }>
    >;
  };
  for (const [path, { dev = false, optional = false }] of Object.entries(lock.packages)) {
    const isTop = path.lastIndexOf("node_modules/") === 0;
    // Of the optional ones only what is for this machine is installed.
    if (!isTop || optional || (dev && !development)) continue;
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
