#!/usr/bin/env -S node --max-semi-space-size=8
/**
 * The command line. `node src/main.ts <command>` runs everything from source, without a build. The
 * compile cache keeps what Node made of the files, which halves the time to start.
 */
import { once } from "node:events";
import { enableCompileCache } from "node:module";
import { setTimeout as wait } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";

/** For the last lines of the log to be read. */
const LAST_LINES_MS = 1_000;

enableCompileCache();
// Measured while 500,000 deliveries were sent: left to itself the old heap grows to several times of
// what is alive in it. The young one, which grows to 134 MB, can only be bounded on the command line.
setFlagsFromString("--heap-growing-percent=60");
// What is stored holds texts and numbers: files and folders are their owner's only.
process.umask(0o077);
// A reader that has gone (`hookline serve | head -1`), or a closed terminal, is no reason to end.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
const { runCli } = await import("./cli/run-cli.ts");
process.exitCode = await runCli(process.argv);
// A connection that a database has half refused would hold the process for another minute, and a pipe
// that nobody reads would hold a stopped server for as long as it is open.
const isServer = process.argv[2] === "serve";
if (isServer) await Promise.race([drained(process.stdout), wait(LAST_LINES_MS)]);
if (isServer || process.exitCode !== 0) process.exit();

async function drained(stream: NodeJS.WriteStream): Promise<void> {
  if (stream.writableLength > 0) await once(stream, "drain");
}
