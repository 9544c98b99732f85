/**
 * Preloaded into a server (`--import`), in each of its threads: its wall clock differs from the
 * machine's by the milliseconds that a file holds, so that a test can step it while the server runs.
 * The monotonic clock stays what it is, as when somebody sets the time of a real machine.
 */
import { readFileSync } from "node:fs";

const file = process.env["STEP_CLOCK_FILE"];
if (file === undefined) throw new Error("STEP_CLOCK_FILE names the file with the offset");

const realNow = Date.now.bind(Date);

// Read each time: what the test does right after a step must meet the new time.
Date.now = () => realNow() + Number(readFileSync(file, "utf8"));
