/**
 * The command line. `bin/hookline.js` starts it, from source without a build, or compiled. Other modules are
 * imported after the check of Node's version, since an old Node fails at the first name that it does not
 * know.
 */
import { once } from "node:events";
import "#check-node.js";

await import("./cli/parent-process.ts");
const { enableCompileCache } = await import("node:module");
const { tmpdir } = await import("node:os");
const { join } = await import("node:path");
const { setTimeout: wait } = await import("node:timers/promises");
const { setFlagsFromString } = await import("node:v8");

/** Time for the last log lines to be read. */
const LAST_LINES_MS = 1_000;

// Caches the compiled code of the files, which halves the start-up time. Threads read the variable only: with
// it a reader thread starts in a quarter of the CPU time (354 and 89 ms from source, 2026-11-30).
process.env["NODE_COMPILE_CACHE"] ??= join(tmpdir(), "node-compile-cache");
enableCompileCache();
// Measured while 500,000 deliveries were sent: by default the old generation grows to several times its live
// data. The young generation, which grows to 134 MB, can only be bounded on the command line.
setFlagsFromString("--heap-growing-percent=60");
// Stored files contain texts and phone numbers: files and folders are accessible to their owner only.
process.umask(0o077);
// A closed reader (`npx hookline serve | head -1`) or a closed terminal must not end the process.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
const { runCli } = await import("./cli/run-cli.ts");
process.exitCode = await runCli(process.argv);
// Without an exit, a connection that a database has half refused keeps the process alive for another minute.
// A pipe without a reader keeps a stopped server alive for as long as the pipe is open.
const isServer = ["serve", "dev"].includes(process.argv[2] ?? "");
if (isServer) await Promise.race([drained(process.stdout), wait(LAST_LINES_MS)]);
// oxlint-disable-next-line unicorn/no-process-exit
if (isServer || process.exitCode !== 0) process.exit();

async function drained(stream: NodeJS.WriteStream): Promise<void> {
  if (stream.writableLength > 0) await once(stream, "drain");
}
