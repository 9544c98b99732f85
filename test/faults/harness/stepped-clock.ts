/** The test's side of a server whose wall clock can be stepped. */
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const PRELOAD = new URL("../../harness/step-clock.ts", import.meta.url);

export type SteppedClock = {
  /** The environment variables that the server needs. */
  readonly settings: Readonly<Record<string, string>>;
  /** Sets the difference of the server's clock from the machine's, from the next moment on. */
  setOffset(ms: number): void;
};

export function createSteppedClock(folder: string): SteppedClock {
  const file = join(folder, "clock-offset");
  function setOffset(ms: number): void {
    // The file is replaced atomically, so that a server never reads half of it.
    writeFileSync(`${file}.new`, String(ms));
    renameSync(`${file}.new`, file);
  }
  setOffset(0);
  return {
    settings: { NODE_OPTIONS: `--import=${PRELOAD.href}`, STEP_CLOCK_FILE: file },
    setOffset,
  };
}
