/**
 * The files that `npm run prepare` builds from ui/: a manifest, and scripts and styles with a hash in their
 * names. Only names in the manifest are ever read. Each file is kept in memory once it was asked for, so the
 * memory is bounded by the size of the build.
 */
import { existsSync, readFileSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

export type Face = "dashboard" | "portal";
export type FaceFiles = {
  readonly script: string;
  readonly style: string | null;
  /** Scripts that the first one imports. */
  readonly preload: readonly string[];
};
export type Encoding = "br" | "gzip" | null;
export type Asset = {
  readonly bytes: Buffer;
  readonly encoding: Encoding;
  readonly contentType: string;
};

export type BuiltPages = {
  /** Null when nothing is built. A new build is seen without a restart. */
  readonly findFace: (face: Face) => FaceFiles | null;
  /** Returns null for a name that the build does not have. */
  readonly loadAsset: (name: string, accepted: readonly Encoding[]) => Promise<Asset | null>;
};

type Manifest = {
  readonly faces: Readonly<Record<Face, FaceFiles>>;
  readonly files: readonly string[];
};
type Loaded = { readonly at: number; readonly manifest: Manifest };

/** Beside the sources, and beside the compiled program. */
const PAGE_FOLDERS = ["../../../ui/dist/", "../../../ui/"].map((place) =>
  fileURLToPath(new URL(place, import.meta.url)),
);
const MANIFEST = "manifest.json";
const SUFFIXES = { br: ".br", gzip: ".gz" } as const;
const CONTENT_TYPES: ReadonlyMap<string, string> = new Map([
  ["js", "text/javascript; charset=utf-8"],
  ["css", "text/css; charset=utf-8"],
  ["svg", "image/svg+xml"],
]);

export function openBuiltPages(folders: readonly string[] = PAGE_FOLDERS): BuiltPages {
  const folder = folders.find((one) => existsSync(one + MANIFEST)) ?? folders[0] ?? "";
  const assets = new Map<string, Promise<Asset>>();
  let loaded: Loaded | null = null;

  function load(): Manifest | null {
    const changedAt = statSync(folder + MANIFEST, { throwIfNoEntry: false })?.mtimeMs;
    if (changedAt === undefined) return null;
    if (loaded?.at !== changedAt) {
      assets.clear();
      const manifest = JSON.parse(readFileSync(folder + MANIFEST, "utf8")) as Manifest;
      loaded = { at: changedAt, manifest };
    }
    return loaded.manifest;
  }

  return {
    findFace: (face) => load()?.faces[face] ?? null,
    async loadAsset(name, accepted) {
      const contentType = CONTENT_TYPES.get(name.slice(name.lastIndexOf(".") + 1));
      const isBuilt = (loaded?.manifest ?? load())?.files.includes(name) === true;
      if (contentType === undefined || !isBuilt) return null;
      const encoding =
        accepted.find((one) => one !== null && existsSync(folder + name + SUFFIXES[one])) ?? null;
      const path = folder + name + (encoding === null ? "" : SUFFIXES[encoding]);
      const kept = assets.get(path);
      if (kept !== undefined) return await kept;
      const asset = readFile(path).then((bytes) => ({ bytes, encoding, contentType }));
      assets.set(path, asset);
      return await asset;
    },
  };
}
