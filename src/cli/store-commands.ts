/** Commands that work on the store of the settings, without a server. */
import type { Command } from "commander";
import { backUp } from "./back-up-store.ts";
import { checkAccounting } from "./check-accounting.ts";
import { copyTo } from "./copy-store.ts";
import { migrateStore } from "./migrate-store.ts";
import { restore } from "./restore-store.ts";
import { settingsOrRefuse } from "./settings-or-refuse.ts";

/** `finish` takes the exit code. */
export function addStoreCommands(program: Command, finish: (code: number) => void): void {
  program
    .command("migrate")
    .description("migrate the store to the schema of this version and print the result")
    .action(async () => finish(await migrateStore(settingsOrRefuse())));
  program
    .command("check")
    .description(
      "recount every delivery: created = delivered + pending + parked + failed + cancelled + not yet fanned out",
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
}
