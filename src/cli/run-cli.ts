/** The commands and what `--help` teaches about them. Each command gives the exit code. */
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
import { rekeyServer } from "./rotate-encryption-key.ts";
import { replayEndpoint, type ReplayOptions } from "./replay-endpoint.ts";
import { showTask } from "./replay-task.ts";
import { restore } from "./restore-store.ts";
import { runDemo } from "../../demo/run-demo.ts";
import { serve } from "./serve.ts";
import { writeDocuments } from "./write-documents.ts";

const USAGE = 2;

/**
 * A refusal is one sentence on stderr and exit code 1, and so is what the system refuses. Anything else
 * is a bug and shows its stack.
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
    const sentence = findSentence(error);
    if (sentence === null) throw error;
    console.error(`hookline: ${sentence}`);
    return 1;
  }
}

function findSentence(error: unknown): string | null {
  if (error instanceof AppError) return error.message;
  if (!(error instanceof Error) || !("syscall" in error)) return null;
  return `The system refused what was asked of it: ${error.message}.`;
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
  $ npx hookline demo             a conversation arriving in all four APIs, nothing to set up
  $ npx hookline dev              the server for a first trial: receivers may be on this machine
  $ npx hookline serve            the server, on http://127.0.0.1:8080 with data in ./data
  $ npx hookline check            proves that every delivery is accounted for, also beside a live server

Settings are HOOKLINE_* environment variables; \`npx hookline config\` lists them with their defaults.`,
    );

  program
    .command("serve")
    .description("run the server until it is told to stop (SIGTERM, Ctrl-C)")
    .addHelpText(
      "after",
      `
Examples
  $ npx hookline serve
  $ HOOKLINE_PORT=9000 HOOKLINE_STORE=sqlite:/var/lib/hookline/hookline.db npx hookline serve
  $ npx hookline dev
      lets endpoints be receivers on this machine, for development`,
    )
    .action(async () => finish(await serve(settingsOrRefuse())));
  program
    .command("dev")
    .description("serve for a first trial: endpoints may be http:// and on this machine")
    .action(async () => {
      const { settings, opened } = developmentSettings(settingsOrRefuse());
      finish(await serve(settings, opened));
    });
  program
    .command("listen")
    .description("a receiver for a first trial, which prints each webhook that it gets")
    .option("--port <port>", "on 127.0.0.1", String(LISTEN_PORT))
    .action(async (options: { port: string }) =>
      finish(await listen({ port: portOrRefuse(options.port) })),
    );
  program
    .command("demo")
    .description("start a server and four receivers, play a conversation, show each delivery")
    .option("--speed <times>", "how many times faster than a conversation worth watching", "1")
    .action(async (options: { speed: string }) =>
      finish(await runDemo({ speed: speedOrRefuse(options.speed) })),
    );
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
    .command("backup")
    .description(
      "copy the store as it is at this moment, also beside a live server, and check the copy",
    )
    .requiredOption("--to <file>", "the copy; a file that exists is never overwritten")
    .action(async (options: { to: string }) => finish(await backUp(settingsOrRefuse(), options)));
  program
    .command("restore")
    .description("put a checked copy of a backup where HOOKLINE_STORE says, before the first start")
    .requiredOption("--from <file>", "what `npx hookline backup` made")
    .addHelpText(
      "after",
      `
Refused where a store is already, or while a server has the place. Its key is not in a backup.

Examples
  $ npx hookline backup --to /backup/hookline-2026-11-23.db
  $ HOOKLINE_STORE=sqlite:/var/lib/hookline/hookline.db npx hookline restore --from /backup/hookline-2026-11-23.db`,
    )
    .action(async (options: { from: string }) =>
      finish(await restore(settingsOrRefuse(), options)),
    );
  program
    .command("copy")
    .description("move everything from one file to PostgreSQL, what is owed included")
    .requiredOption("--from <store>", "the file, such as sqlite:./data/hookline.db")
    .option("--to <url>", "an empty PostgreSQL database; HOOKLINE_STORE when it is left out")
    .addHelpText(
      "after",
      `
Stop the server first. The copy is counted and checked; until then the file stays the store, and once
it is done no server opens the file any more. Interrupted, run it again: it goes on where it stopped.

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
    .description("send again what an endpoint failed to take, or what it missed")
    .requiredOption("--app <app>", "the application's id or uid")
    .requiredOption("--endpoint <endpoint>", "the endpoint's id or uid")
    .option("--since <time>", "2026-05-06T04:00:00Z, or how long ago: 90m, 2h, 3d")
    .option("--until <time>", "and before this time; now when it is left out")
    .option("--pending", "what waits for its next attempt, now; without --since")
    .option("--missing", "what it was never owed: it was disabled, or not made yet")
    .option("--url <url>", "the server; where HOOKLINE_HOST and HOOKLINE_PORT say by default")
    .option(
      "--token <token>",
      "the admin token, or a manage key; the one beside the store by default",
    )
    .addHelpText(
      "after",
      `
The server does the work, at HOOKLINE_REPLAY_RATE, and goes on when this command ends.

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
    .argument("<id>", "of the task, qtask_…")
    .description("show a background task until it is over")
    .option("--cancel", "stop it; what it made due stays due")
    .option("--url <url>", "the server; where HOOKLINE_HOST and HOOKLINE_PORT say by default")
    .option(
      "--token <token>",
      "the admin token, or a manage key; the one beside the store by default",
    )
    .action(async (id: string, options: ServerChoice & { cancel?: boolean }) =>
      finish(
        await showTask(settingsOrRefuse(), { ...options, id, cancel: options.cancel === true }),
      ),
    );
  program
    .command("rekey")
    .description("have the server encrypt everything with a new key, while it serves")
    .option("--url <url>", "the server; where HOOKLINE_HOST and HOOKLINE_PORT say by default")
    .option("--token <token>", "the admin token; the one beside the store by default")
    .addHelpText(
      "after",
      `
Where the key lies beside the SQLite file, a new one is made. Where HOOKLINE_SECRET_KEY gives it, first
restart the server with the new key there and the old one as HOOKLINE_SECRET_KEY_PREVIOUS.`,
    )
    .action(async (options: ServerChoice) =>
      finish(await rekeyServer(settingsOrRefuse(), options)),
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
  program
    .command("documents")
    .argument("<folder>", "where the files go; it is made when it is not there")
    .description(
      "write the OpenAPI and Postman documents of every wire API, as the server serves them",
    )
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

/** Settings are no options; who types one as an option is told its name. */
function settingHint(refusal: string): string {
  const option = /unknown option '(-[^'=]+)/.exec(refusal)?.[1];
  if (option === undefined) return "";
  const setting = settingOfOption(option);
  if (setting === undefined) return "Settings are environment variables: `npx hookline config`.\n";
  return `Settings are environment variables: did you mean ${setting}?\n`;
}

function settingsOrRefuse(): Settings {
  const read = readSettings(process.env);
  if (read.ok) return read.settings;
  throw new AppError("invalid_field", read.problems.join("\n  "));
}
