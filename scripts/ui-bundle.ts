/**
 * Bundles the two faces with esbuild: hashed names, one chunk per lazy page, and beside each file its brotli
 * and gzip forms, so that the server compresses nothing. `manifest.json` lists the files of each face.
 */
import {
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { build, context } from "esbuild";
import type { BuildOptions, BuildResult, Metafile, Plugin } from "esbuild";

export const FACES = ["dashboard", "portal"] as const;
export type Face = (typeof FACES)[number];

/** Compressed sizes in bytes: of the first load of each face, and of each chunk that is loaded later. */
export type PageSizes = {
  readonly faces: Readonly<
    Record<Face, { readonly scriptBytes: number; readonly styleBytes: number }>
  >;
  readonly lazy: readonly { readonly name: string; readonly bytes: number }[];
};

type Outputs = Metafile["outputs"];
type Bundle = BuildResult<{ metafile: true }>;

const COMPRESSED = /\.(?:js|css|svg)$/;

function toOptions(root: string, folder: string, isWatched: boolean) {
  return {
    absWorkingDir: root,
    entryPoints: FACES.map((face) => `ui/${face}.tsx`),
    outdir: folder,
    entryNames: "[name]-[hash]",
    chunkNames: "chunk-[hash]",
    assetNames: "[name]-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    // The oldest browsers that parse JSON with the source of each number, which exact ids need.
    target: ["chrome125", "firefox135", "safari18.4"],
    jsx: "automatic",
    minify: !isWatched,
    sourcemap: isWatched ? "inline" : false,
    metafile: true,
    define: {
      "process.env.NODE_ENV": isWatched ? '"development"' : '"production"',
      // The library of the dialogs reads the nonce of its one style element here.
      __webpack_nonce__: "globalThis.hooklineNonce",
    },
    legalComments: "none",
    logLevel: "warning",
    plugins: [allStyles(root), codeAsText(root)],
  } as const satisfies BuildOptions;
}

/**
 * Resolves `styles:<face>` to the tokens and every style sheet of the face. The bundler makes a style sheet
 * for each lazy page but loads none of them. So the first load has all styles, in an order that never changes.
 */
function allStyles(root: string): Plugin {
  return {
    name: "styles",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^styles:/ }, ({ path }) => ({ path, namespace: "styles" }));
      onLoad({ filter: /.*/, namespace: "styles" }, ({ path }) => {
        const other = path === "styles:portal" ? "ui/operator/" : "ui/portal/";
        const sheets = globSync("ui/**/*.module.css", { cwd: root })
          .map((file) => file.replaceAll("\\", "/"))
          .filter((file) => !file.startsWith(other))
          .toSorted();
        const contents = ["ui/tokens.css", ...sheets].map((file) => `import "./${file}";`);
        return { contents: contents.join("\n"), resolveDir: root, watchDirs: [join(root, "ui")] };
      });
    },
  };
}

/** Resolves `code:<file>` to the text of a file that readers copy into their programs. */
function codeAsText(root: string): Plugin {
  return {
    name: "code",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^code:/ }, ({ path }) => ({
        path: join(root, "ui/pages/verify/code", path.slice("code:".length)),
        namespace: "code",
      }));
      onLoad({ filter: /.*/, namespace: "code" }, ({ path }) => ({
        contents: readFileSync(path, "utf8"),
        loader: "text",
        watchFiles: [path],
      }));
    },
  };
}

/** Builds into a folder beside `ui/dist` and replaces that as a whole, so that a server never reads half. */
export async function buildPages(root: string): Promise<PageSizes> {
  const fresh = join(root, "ui/dist-new");
  rmSync(fresh, { recursive: true, force: true });
  const bundle = await build(toOptions(root, fresh, false));
  dropLazyStyles(root, bundle.metafile.outputs);
  const sizes = await compressAll(root, bundle.metafile.outputs);
  writeManifest(fresh, bundle);
  replaceFolder(fresh, join(root, "ui/dist"));
  return toPageSizes(bundle.metafile.outputs, sizes);
}

export async function watchPages(root: string): Promise<void> {
  const folder = join(root, "ui/dist");
  rmSync(folder, { recursive: true, force: true });
  const watched = await context({
    ...toOptions(root, folder, true),
    plugins: [
      allStyles(root),
      codeAsText(root),
      {
        name: "manifest",
        setup({ onEnd }) {
          onEnd((result) => {
            if (result.errors.length > 0 || result.metafile === undefined) return;
            mkdirSync(folder, { recursive: true });
            writeManifest(folder, result);
            console.log(`built at ${new Date().toTimeString().slice(0, 8)}; reload the page`);
          });
        },
      },
    ],
  });
  await watched.watch();
}

/** Their rules are in the style sheets of the faces already. */
function dropLazyStyles(root: string, outputs: Outputs): void {
  const kept = new Set(FACES.map((face) => findEntry(outputs, face)[1]?.cssBundle));
  for (const path of Object.keys(outputs)) {
    if (!path.endsWith(".css") || kept.has(path)) continue;
    rmSync(join(root, path));
    delete outputs[path];
  }
}

function replaceFolder(fresh: string, folder: string): void {
  const old = `${folder}-old`;
  rmSync(old, { recursive: true, force: true });
  if (existsSync(folder)) renameSync(folder, old);
  renameSync(fresh, folder);
  rmSync(old, { recursive: true, force: true });
}

async function compressAll(root: string, outputs: Outputs): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>();
  const files = Object.keys(outputs).filter((path) => COMPRESSED.test(path));
  await Promise.all(
    files.map(async (path) => {
      const bytes = readFileSync(join(root, path));
      const gz = await promisify(gzip)(bytes, { level: 9 });
      const br = await promisify(brotliCompress)(bytes, {
        params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
      });
      writeFileSync(join(root, `${path}.gz`), gz);
      writeFileSync(join(root, `${path}.br`), br);
      sizes.set(path, gz.length);
    }),
  );
  return sizes;
}

function writeManifest(folder: string, { metafile }: Bundle): void {
  const faces = Object.fromEntries(
    FACES.map((face) => {
      const [script, { cssBundle }] = findEntry(metafile.outputs, face);
      const preload = loadedFirst(metafile.outputs, script).filter((path) => path !== script);
      return [
        face,
        {
          script: basename(script),
          style: cssBundle === undefined ? null : basename(cssBundle),
          preload: preload.map((path) => basename(path)),
        },
      ];
    }),
  );
  const files = Object.keys(metafile.outputs).map((path) => basename(path));
  writeFileSync(join(folder, "manifest.json"), `${JSON.stringify({ faces, files }, null, 2)}\n`);
}

function findEntry(outputs: Outputs, face: Face): [string, Outputs[string]] {
  const found = Object.entries(outputs).find(
    ([, { entryPoint }]) => entryPoint === `ui/${face}.tsx`,
  );
  if (found === undefined) throw new Error(`the build has no file of the ${face}`);
  return found;
}

/** The entry and the chunks that it imports statically: the scripts that a first load needs. */
function loadedFirst(outputs: Outputs, entry: string): string[] {
  const found = new Set([entry]);
  for (const path of found) {
    for (const { path: next, kind } of outputs[path]?.imports ?? []) {
      if (kind === "import-statement" && outputs[next] !== undefined) found.add(next);
    }
  }
  return [...found];
}

function toPageSizes(outputs: Outputs, sizes: ReadonlyMap<string, number>): PageSizes {
  const sum = (paths: readonly string[]): number =>
    paths.reduce((all, path) => all + (sizes.get(path) ?? 0), 0);
  const entries = FACES.map((face) => {
    const [script, { cssBundle }] = findEntry(outputs, face);
    const scripts = loadedFirst(outputs, script);
    const styles = cssBundle === undefined ? [] : [cssBundle];
    return { face, scripts, scriptBytes: sum(scripts), styleBytes: sum(styles) };
  });
  const first = new Set(entries.flatMap(({ scripts }) => scripts));
  // A page that is loaded later brings the chunks it shares with other pages, unless they are loaded already.
  const lazy = Object.entries(outputs)
    .filter(([path, { entryPoint }]) => entryPoint !== undefined && !first.has(path))
    .map(([path, { entryPoint = "" }]) => ({
      name: entryPoint,
      bytes: sum(loadedFirst(outputs, path).filter((one) => !first.has(one))),
    }));
  const faces = Object.fromEntries(
    entries.map(({ face, scriptBytes, styleBytes }) => [face, { scriptBytes, styleBytes }]),
  ) as PageSizes["faces"];
  return { faces, lazy };
}
