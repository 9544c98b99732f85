/**
 * Builds dist/, which runs on Node without TypeScript support. Compiles src/ and demo/ without their tests,
 * copies the other files (migrations, schemas), and points worker URLs at the compiled files. The compiler
 * rewrites `.ts` in imports but not in `new URL("./x.ts", …)`. Builds the pages, and copies them to dist/ui/.
 */
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import process from "node:process";

const ROOT = resolve(import.meta.dirname, "..");
const TARGET = join(ROOT, "dist");
const SOURCES = "{src,demo}/**/*";
const WORKER_URL = /(new URL\(\s*)(["'`])(\.{1,2}\/[^"'`]*)\.ts\2(\s*,\s*import\.meta\.url)/g;

rmSync(TARGET, { recursive: true, force: true });
process.exitCode = buildPages() || compile();
if (process.exitCode === 0) {
  cpSync(join(ROOT, "ui/dist"), join(TARGET, "ui"), { recursive: true });
  const assets = copyAssets();
  const workers = pointWorkersAtCompiledFiles();
  writeApiDocuments();
  console.log(`built dist/: ${assets} assets copied, ${workers} worker URLs rewritten`);
}

function buildPages(): number {
  const args = [join(ROOT, "scripts/build-ui.ts")];
  const run = spawnSync(process.execPath, args, { cwd: ROOT, stdio: "inherit" });
  if (run.error !== undefined) throw run.error;
  return run.status ?? 1;
}

function compile(): number {
  // The compiler's bin file is not among the package's exports, but is beside its package.json, which is
  // exported.
  const compiler = dirname(createRequire(import.meta.url).resolve("typescript/package.json"));
  const args = [join(compiler, "bin", "tsc"), "-p", join(ROOT, "tsconfig.build.json")];
  const run = spawnSync(process.execPath, args, { cwd: ROOT, stdio: "inherit" });
  if (run.error !== undefined) throw run.error;
  return run.status ?? 1;
}

function copyAssets(): number {
  const assets = globSync(SOURCES, { cwd: ROOT })
    .filter((path) => !path.endsWith(".ts"))
    .filter((path) => statSync(join(ROOT, path)).isFile());
  for (const path of assets) {
    mkdirSync(dirname(join(TARGET, path)), { recursive: true });
    copyFileSync(join(ROOT, path), join(TARGET, path));
  }
  return assets.length;
}

/** OpenAPI and Postman documents of the release, by the program just built. */
function writeApiDocuments(): void {
  const args = [join(TARGET, "src", "main.js"), "documents", join(TARGET, "api")];
  const { status, error } = spawnSync(process.execPath, args, { stdio: "inherit" });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`hookline documents ended with ${status}`);
}

function pointWorkersAtCompiledFiles(): number {
  let rewritten = 0;
  for (const path of globSync("**/*.js", { cwd: TARGET })) {
    const file = join(TARGET, path);
    const before = readFileSync(file, "utf8");
    const after = before.replaceAll(
      WORKER_URL,
      (_all, open: string, quote: string, stem: string, close: string) => {
        const worker = resolve(dirname(file), `${stem}.js`);
        if (!existsSync(worker))
          throw new Error(`${path} refers to a worker that is not built: ${stem}.ts`);
        rewritten += 1;
        return `${open}${quote}${stem}.js${quote}${close}`;
      },
    );
    if (after !== before) writeFileSync(file, after);
  }
  return rewritten;
}
