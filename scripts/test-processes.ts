/**
 * Divides the files of a test run into processes. Starting Node and loading the program for each small file
 * took a third of a run's CPU time (2026-11-30). The files of a folder therefore share a process, and on
 * PostgreSQL a server. Each file is a suite there, and its hooks apply to nothing else.
 *
 * The longest processes start first, so that none of them runs alone at the end. They need the CPU all the time,
 * and most files of `test/` wait for servers, so these start evenly among them.
 */
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";

type Place = {
  /** The files of the place have paths that start so. */
  readonly start: string;
  readonly process: "one per file" | "shared";
};

/**
 * In the order in which they start. A file belongs to the first place that its path matches; one that matches
 * none has its own process.
 */
const PLACES: readonly Place[] = [
  { start: "test/sim/", process: "one per file" },
  { start: "src/store/postgres/contract/", process: "one per file" },
  { start: "src/store/sqlite/contract/", process: "one per file" },
  { start: "src/store/postgres/", process: "shared" },
  { start: "src/dialects/svix/", process: "shared" },
  { start: "src/dialects/zipwhip/", process: "shared" },
  { start: "src/dialects/", process: "shared" },
  { start: "src/http/", process: "shared" },
  { start: "src/delivery/", process: "shared" },
  { start: "src/store/sqlite/", process: "shared" },
  { start: "src/core/", process: "shared" },
  { start: "src/net/", process: "shared" },
  { start: "src/", process: "shared" },
];

/**
 * Writes a module per process into the folder. Its name begins with a number, because the runner starts modules
 * in the order of their names. The paths of files are relative to `root`.
 */
export function writeProcesses(
  folder: string,
  files: readonly string[],
  root = process.cwd(),
): readonly string[] {
  return divide(files).map(({ name, together }, index) => {
    const number = String(index + 1).padStart(3, "0");
    const path = join(folder, `${number}-${name.replaceAll("/", "-")}.mjs`);
    writeFileSync(path, toModule(together, root));
    return path;
  });
}

type TestProcess = { readonly name: string; readonly together: readonly string[] };

function divide(files: readonly string[]): readonly TestProcess[] {
  const places = new Map<Place, string[]>(PLACES.map((place) => [place, []]));
  const others: string[] = [];
  for (const file of files) {
    const place = PLACES.find(({ start }) => file.startsWith(start));
    const together = place === undefined ? others : places.get(place);
    together?.push(file);
  }
  const alone = (file: string): TestProcess => ({ name: file, together: [file] });
  const long = [...places].flatMap(([{ start, process: kind }, found]) => {
    if (kind === "one per file") return found.map(alone);
    return found.length === 0 ? [] : [{ name: `${start}all`, together: found }];
  });
  return mix(long, others.map(alone));
}

/** Both lists begin and end together, and each stays in its order. */
function mix<T>(first: readonly T[], second: readonly T[]): readonly T[] {
  const placed = [first, second].flatMap((list) =>
    list.map((item, index) => ({ item, at: index / list.length })),
  );
  return placed.toSorted((a, b) => a.at - b.at).map(({ item }) => item);
}

function toModule(files: readonly string[], root: string): string {
  const urls = files.map((file) => JSON.stringify(pathToFileURL(resolve(root, file)).href));
  if (urls.length === 1) return `import ${urls[0]};\n`;
  const suites = files.map(
    (file, index) =>
      `describe(${JSON.stringify(file)}, async () => { await import(${urls[index]}); });\n`,
  );
  return `import { describe } from "node:test";\n${suites.join("")}`;
}
