/** The commands and their `--help` texts. Each command returns the exit code. */
import { Command, CommanderError } from "commander";
import { settingOfOption } from "../config/read-settings.ts";
import { VERSION } from "../config/version.ts";
import { AppError } from "../core/error.ts";
import { addClientCommands } from "./client-commands.ts";
import { addListCommands } from "./list-commands.ts";
import { addServerCommands } from "./server-commands.ts";
import { addStoreCommands } from "./store-commands.ts";

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

  addServerCommands(program, finish);
  addStoreCommands(program, finish);
  addClientCommands(program, finish);
  addListCommands(program, finish);
  return program;
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
