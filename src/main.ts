#!/usr/bin/env node
/**
 * The command line. `node src/main.ts <command>` runs everything from source, without a build. The
 * compile cache keeps what Node made of the files, which halves the time to start.
 */
import { enableCompileCache } from "node:module";

enableCompileCache();
// What is stored holds texts and numbers: files and folders are their owner's only.
process.umask(0o077);
const { runCli } = await import("./cli/run-cli.ts");
process.exitCode = await runCli(process.argv);
