/**
 * The command line. `bin/hookline.js` starts it, from source without a build or compiled. Everything but
 * the check of Node's version is imported after it, since an old Node fails at its first new name.
 */
import { once } from "node:events";
import "#check-node.js";

const { enableCompileCache } = await import("node:module");
const { setTimeout: wait } = await import("node:timers/promises");
const { setFlagsFromString } = await import("node:v8");

/** For the last lines of the log to be read. */
const LAST_LINES_MS = 1_000;

// Keeps what Node made of the files, which halves the time to start.
enableCompileCache();
// Measured while 500,000 deliveries were sent: left to itself the old heap grows to several times of
// what is alive in it. The young one, which grows to 134 MB, can only be bounded on the command line.
setFlagsFromString("--heap-growing-percent=60");
// What is stored holds texts and numbers: files and folders are their owner's only.
process.umask(0o077);
// A reader that has gone (`npx hookline serve | head -1`), or a closed terminal, is no reason to end.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
const { runCli } = await import("./cli/run-cli.ts");
process.exitCode = await runCli(process.argv);
// A connection that a database has half refused would hold the process for another minute, and a pipe
// without a reader would hold a stopped server for as long as it is open.
const isServer = ["serve", "dev"].includes(process.argv[2] ?? "");
if (isServer) await Promise.race([drained(process.stdout), wait(LAST_LINES_MS)]);
// oxlint-disable-next-line unicorn/no-process-exit
if (isServer || process.exitCode !== 0) process.exit();

async function drained(stream: NodeJS.WriteStream): Promise<void> {
  if (stream.writableLength > 0) await once(stream, "drain");
}
