/** The commands and their `--help` texts. Each command returns the exit code. */
import { Command, CommanderError } from "commander";
import { AppError } from "../core/error.ts";
import { VERSION } from "../config/version.ts";
import { readSettings, settingOfOption } from "../config/read-settings.ts";
import { type Settings } from "../config/settings.ts";
import { backUp } from "./back-up-store.ts";
import { checkAccounting } from "./check-accounting.ts";
import { copyTo } from "./copy-store.ts";
import { developmentSettings } from "./development.ts";
import { listEvents } from "./list-events.ts";
import { listSettings } from "./list-settings.ts";
import { LISTEN_PORT, listen } from "./listen.ts";
import { migrateStore } from "./migrate-store.ts";
import type { ServerChoice } from "./replay-client.ts";
import { rotateServerKey } from "./rotate-encryption-key.ts";
import { replayEndpoint, type ReplayOptions } from "./replay-endpoint.ts";
import { showTask } from "./replay-task.ts";
import { restore } from "./restore-store.ts";
import { runDemo } from "../../demo/run-demo.ts";
import { serve } from "./serve.ts";
import { writeDocuments } from "./write-documents.ts";

const USAGE = 2;

/**
 * A refusal, or an error of the operating system, prints one sentence to stderr and exits with code 1. Any
 * other error is a bug and prints its stack.
 */
export async function runCli(argv: string[]): Promise<number> {
  let code = 0;
  const program = createCommands((result) => {
    code = result;
  });
  try {
    await program.parseAsync(argv);
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
    const message = findMessage(error);
    if (message === null) throw error;
    console.error(`hookline: ${message}`);
    return 1;
  }
}

function findMessage(error: unknown): string | null {
  if (error instanceof AppError) return error.message;
  if (!(error instanceof Error) || !("syscall" in error)) return null;
  return `The operating system reported an error: ${error.message}.`;
}

function createCommands(finish: (code: number) => void): Command {
  const program = new Command("hookline")
    .configureOutput({ outputError: (text, write) => write(text + settingHint(text)) })
    .description("The webhook server for text messaging: durable, signed, retried for 72 hours.")
    .version(VERSION)
    .exitOverride()
    .addHelpText(
      "after",
      `
Start here
  $ npx hookline demo             play a conversation that arrives in all four APIs; needs no setup
  $ npx hookline dev              run the server for a first trial: receivers may be on this machine
  $ npx hookline serve            run the server on http://127.0.0.1:8080 with its data in ./data
  $ npx hookline check            prove that every delivery is accounted for, also beside a live server

Settings are HOOKLINE_* environment variables; \`npx hookline config\` lists them with their defaults.`,
    );

  program
    .command("serve")
    .description("run the server until SIGTERM or Ctrl-C")
    .addHelpText(
      "after",
      `
Examples
  $ npx hookline serve
  $ HOOKLINE_PORT=9000 HOOKLINE_STORE=sqlite:/var/lib/hookline/hookline.db npx hookline serve
  $ npx hookline dev
      for development: endpoints may be receivers on this machine`,
    )
    .action(async () => finish(await serve(settingsOrRefuse())));
  program
    .command("dev")
    .description(
      "run the server for a first trial: endpoints may use http:// and be on this machine",
    )
    .action(async () => {
      const { settings, opened } = developmentSettings(settingsOrRefuse());
      finish(await serve(settings, opened));
    });
  program
    .command("listen")
    .description("run a receiver for a first trial that prints each webhook")
    .option("--port <port>", "on 127.0.0.1", String(LISTEN_PORT))
    .action(async (options: { port: string }) =>
      finish(await listen({ port: portOrRefuse(options.port) })),
    );
  program
    .command("demo")
    .description("start a server and four receivers, play a conversation, and show each delivery")
    .option("--speed <times>", "speed of the conversation, as a multiple of the normal speed", "1")
    .action(async (options: { speed: string }) =>
      finish(await runDemo({ speed: speedOrRefuse(options.speed) })),
    );
  program
    .command("migrate")
    .description("migrate the store to the schema of this version and print the result")
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
    .command("backup")
    .description("copy the store as of this moment, also beside a live server, and check the copy")
    .requiredOption("--to <file>", "file for the copy; an existing file is never overwritten")
    .action(async (options: { to: string }) => finish(await backUp(settingsOrRefuse(), options)));
  program
    .command("restore")
    .description("put a checked copy of a backup at HOOKLINE_STORE, before the first start")
    .requiredOption("--from <file>", "a file made by `npx hookline backup`")
    .addHelpText(
      "after",
      `
The command is refused when HOOKLINE_STORE already has a store, or while a server uses it.
A backup does not contain its encryption key.

Examples
  $ npx hookline backup --to /backup/hookline-2026-11-23.db
  $ HOOKLINE_STORE=sqlite:/var/lib/hookline/hookline.db npx hookline restore --from /backup/hookline-2026-11-23.db`,
    )
    .action(async (options: { from: string }) =>
      finish(await restore(settingsOrRefuse(), options)),
    );
  program
    .command("copy")
    .description("copy everything from a SQLite file to PostgreSQL, including pending deliveries")
    .requiredOption("--from <store>", "the SQLite file, such as sqlite:./data/hookline.db")
    .option("--to <url>", "URL of an empty PostgreSQL database (default: HOOKLINE_STORE)")
    .addHelpText(
      "after",
      `
Stop the server first. The copy is counted and checked. Until then the file remains the store; afterwards
servers no longer open the file. If the command is interrupted, run it again to continue.

Examples
  $ npx hookline copy --from sqlite:./data/hookline.db --to postgres://hookline@db.internal/hookline
  $ HOOKLINE_STORE=postgres://hookline@db.internal/hookline npx hookline copy --from sqlite:./data/hookline.db
      keeps a password in the URL out of the list of processes`,
    )
    .action(async (options: { from: string; to?: string }) =>
      finish(await copyTo(settingsOrRefuse(), options)),
    );
  program
    .command("replay")
    .description("send failed, missed or pending deliveries of an endpoint again")
    .requiredOption("--app <app>", "id or uid of the application")
    .requiredOption("--endpoint <endpoint>", "id or uid of the endpoint")
    .option(
      "--since <time>",
      "start time: 2026-05-06T04:00:00Z, or a duration before now such as 90m, 2h or 3d",
    )
    .option("--until <time>", "end time, exclusive (default: now)")
    .option("--pending", "send all pending deliveries now; cannot be combined with --since")
    .option(
      "--missing",
      "send messages that have no delivery to the endpoint: it was disabled, or did not exist yet",
    )
    .option("--url <url>", "URL of the server (default: from HOOKLINE_HOST and HOOKLINE_PORT)")
    .option(
      "--token <token>",
      "admin token or manage key (default: the admin token beside the store)",
    )
    .addHelpText(
      "after",
      `
The server does the work, at the rate HOOKLINE_REPLAY_RATE, and continues when this command ends.

Examples
  $ npx hookline replay --app blue-door --endpoint crm --since 2h
  $ npx hookline replay --app blue-door --endpoint crm --since 2026-05-06T02:00:00Z --missing
  $ npx hookline replay --app blue-door --endpoint crm --pending`,
    )
    .action(async (options: ReplayOptions) =>
      finish(await replayEndpoint(settingsOrRefuse(), options)),
    );
  program
    .command("task")
    .argument("<id>", "id of the task, qtask_…")
    .description("show the progress of a background task until it ends")
    .option("--cancel", "cancel the task; deliveries that it has scheduled are still sent")
    .option("--url <url>", "URL of the server (default: from HOOKLINE_HOST and HOOKLINE_PORT)")
    .option(
      "--token <token>",
      "admin token or manage key (default: the admin token beside the store)",
    )
    .action(async (id: string, options: ServerChoice & { cancel?: boolean }) =>
      finish(
        await showTask(settingsOrRefuse(), { ...options, id, cancel: options.cancel === true }),
      ),
    );
  program
    .command("rekey")
    .description("have a running server re-encrypt its store with a new key")
    .option("--url <url>", "URL of the server (default: from HOOKLINE_HOST and HOOKLINE_PORT)")
    .option("--token <token>", "admin token (default: the one beside the store)")
    .addHelpText(
      "after",
      `
If the key is in a file beside the SQLite store, the command makes a new one. If HOOKLINE_SECRET_KEY sets the
key, first restart the server with the new key there and the old one as HOOKLINE_SECRET_KEY_PREVIOUS.`,
    )
    .action(async (options: ServerChoice) =>
      finish(await rotateServerKey(settingsOrRefuse(), options)),
    );
  program
    .command("config")
    .description("list every setting with its current value")
    .option("--markdown", "print docs/config.md: every setting with its default")
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
  program
    .command("documents")
    .argument("<folder>", "folder for the files; it is created if it does not exist")
    .description("write the OpenAPI and Postman documents of every API, as the server serves them")
    .action(async (folder: string) => finish(await writeDocuments(settingsOrRefuse(), folder)));
  return program;
}

function speedOrRefuse(text: string): number {
  const speed = Number(text);
  if (speed >= 0.1 && speed <= 100) return speed;
  throw new AppError("invalid_field", `--speed is "${text}": it must be a number from 0.1 to 100.`);
}

function portOrRefuse(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new AppError("invalid_field", `--port is "${text}": it must be a number from 0 to 65535.`);
}

/** The hint for a setting that is given as an option: the name of its environment variable. */
function settingHint(refusal: string): string {
  const option = /unknown option '(-[^'=]+)/.exec(refusal)?.[1];
  if (option === undefined) return "";
  const setting = settingOfOption(option);
  if (setting === undefined)
    return "Settings are environment variables: `npx hookline config` lists them.\n";
  return `Settings are environment variables: did you mean ${setting}?\n`;
}

function settingsOrRefuse(): Settings {
  const read = readSettings(process.env);
  if (read.ok) return read.settings;
  throw new AppError("invalid_field", read.problems.join("\n  "));
}
