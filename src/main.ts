#!/usr/bin/env node
/** The command line. `node src/main.ts <command>` runs everything from source, without a build. */
import { runCli } from "./cli/run-cli.ts";

process.exitCode = await runCli(process.argv);
