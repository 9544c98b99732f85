/**
 * Checks that the path of an open store still names its files. Data written to a deleted, renamed or replaced
 * file is lost with the process (I1). A lock on such a file keeps no second process out.
 */
import { statSync } from "node:fs";
import { AppError } from "../../../core/error.ts";

export type OpenFiles = {
  /** Null while all are in place; otherwise the refusal for every write. */
  problem(): AppError | null;
  /** The same for the database file alone: cheap enough for each commit (7 µs, 2026-11-29). */
  storeProblem(): AppError | null;
};

const SUFFIXES = ["", "-wal", "-shm", ".lock"] as const;
const RETRY_AFTER_SECONDS = 5;

/** The files of the open store at `path`. */
export function rememberFiles(path: string): OpenFiles {
  const files = SUFFIXES.map((suffix) => {
    const file = `${path}${suffix}`;
    return { file, identity: identify(file) };
  });
  function findProblem(looked: typeof files): AppError | null {
    const lost = looked.find(({ file, identity }) => identify(file) !== identity);
    return lost === undefined ? null : toRefusal(lost.file, path);
  }
  return {
    problem: () => findProblem(files),
    storeProblem: () => findProblem(files.slice(0, 1)),
  };
}

function toRefusal(file: string, path: string): AppError {
  return new AppError(
    "store_unavailable",
    `${file} was deleted, renamed or replaced while the server had it open. ` +
      `Put the same file back, or stop the server. If ${path} is lost, restore a backup before the next start.`,
    { retryAfterSeconds: RETRY_AFTER_SECONDS },
  );
}

/** Null when the file does not exist. */
function identify(file: string): string | null {
  try {
    const { dev, ino } = statSync(file, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return null;
  }
}
