/** Commands that print or write descriptions of the program. */
import type { Command } from "commander";
import { listEvents } from "./list-events.ts";
import { limitsPage, listLimits } from "./list-limits.ts";
import { listSettings } from "./list-settings.ts";
import { settingsOrRefuse } from "./settings-or-refuse.ts";
import { writeDocuments } from "./write-documents.ts";

/** `finish` takes the exit code. */
export function addListCommands(program: Command, finish: (code: number) => void): void {
  program
    .command("config")
    .description("list every setting with its current value")
    .option("--markdown", "print docs/config.md: every setting with its default")
    .action((options: { markdown?: boolean }) =>
      finish(listSettings(process.env, { markdown: options.markdown === true })),
    );
  program
    .command("limits")
    .description("list every limit with its current number")
    .option("--markdown", "print docs/limits.md: every limit with its default")
    .action((options: { markdown?: boolean }) => {
      if (options.markdown === true) process.stdout.write(limitsPage());
      else listLimits(settingsOrRefuse());
      finish(0);
    });
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
}
