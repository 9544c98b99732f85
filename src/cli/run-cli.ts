/** The commands and what `--help` teaches about them. Each command gives the exit code. */
import { Command, CommanderError } from "commander";
import { AppError } from "../core/error.ts";
import { VERSION } from "../config/version.ts";
import { readSettings, type Settings } from "../config/settings.ts";
import { checkAccounting } from "./check-accounting.ts";
import { listEvents } from "./list-events.ts";
import { listSettings } from "./list-settings.ts";
import { migrateStore } from "./migrate-store.ts";
import { runDemo } from "./run-demo.ts";
import { serve } from "./serve.ts";

const USAGE = 2;

/** A refusal of ours is one sentence on stderr and exit code 1; anything else is a bug and shows its stack. */
export async function runCli(argv: string[]): Promise<number> {
  let code = 0;
  const program = commandsOf((result) => {
    code = result;
  });
  try {
    await program.parseAsync(argv);
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
    if (error instanceof AppError) {
      console.error(`hookline: ${error.message}`);
      return 1;
    }
    throw error;
  }
}

function commandsOf(finish: (code: number) => void): Command {
  const program = new Command("hookline")
    .description("The webhook server for text messaging: durable, signed, retried for 72 hours.")
    .version(VERSION)
    .exitOverride()
    .addHelpText(
      "after",
      `
Start here
  $ hookline demo                 a conversation played into three webhooks, nothing to set up
  $ hookline serve                the server, on http://127.0.0.1:8080 with data in ./data
  $ hookline check                proves that every delivery is accounted for, also beside a live server

Settings are HOOKLINE_* environment variables; \`hookline config\` lists them with their defaults.`,
    );

  program
    .command("serve")
    .description("run the server until it is told to stop (SIGTERM, Ctrl-C)")
    .addHelpText(
      "after",
      `
Examples
  $ hookline serve
  $ HOOKLINE_PORT=9000 HOOKLINE_STORE=sqlite:/var/lib/hookline/hookline.db hookline serve
  $ HOOKLINE_EGRESS_ALLOW=127.0.0.0/8 HOOKLINE_HTTP_URLS=allow hookline serve
      lets endpoints be receivers on this machine, for development`,
    )
    .action(async () => finish(await serve(settingsOrRefuse())));
  program
    .command("demo")
    .description("start a server and a receiver, play a conversation, show each delivery")
    .action(async () => finish(await runDemo()));
  program
    .command("migrate")
    .description("bring the store to this program's schema and say what was done")
    .action(async () => finish(await migrateStore(settingsOrRefuse())));
  program
    .command("check")
    .description(
      "recount every delivery: created = delivered + pending + parked + failed + cancelled",
    )
    .option("--json", "print the figures as JSON")
    .action(async (options: { json?: boolean }) =>
      finish(await checkAccounting(settingsOrRefuse(), { json: options.json === true })),
    );
  program
    .command("config")
    .description("list every setting with its default, and what is in force")
    .option("--markdown", "print the table of docs/config.md")
    .action((options: { markdown?: boolean }) =>
      finish(listSettings(process.env, { markdown: options.markdown === true })),
    );
  program
    .command("events")
    .description("list the built-in event types")
    .option("--markdown", "print docs/events.md: every field, and an example of each type")
    .action((options: { markdown?: boolean }) =>
      finish(listEvents({ markdown: options.markdown === true })),
    );
  return program;
}

function settingsOrRefuse(): Settings {
  const read = readSettings(process.env);
  if (read.ok) return read.settings;
  throw new AppError("invalid_field", read.problems.join("\n  "));
}
