/**
 * Preloaded into a server (`--import`), in each of its threads. Its wall clock differs from the machine's by
 * the milliseconds in a file, so that a test can step it while the server runs. The monotonic clock is
 * unchanged, as when an operator sets the time of a real machine.
 */
import { readFileSync } from "node:fs";

const file = process.env["STEP_CLOCK_FILE"];
if (file === undefined) throw new Error("STEP_CLOCK_FILE names the file with the offset");

const realNow = Date.now.bind(Date);

// The file is read each time, so that calls right after a step see the new time.
Date.now = () => realNow() + Number(readFileSync(file, "utf8"));
