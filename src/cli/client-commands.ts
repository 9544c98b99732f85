/** Commands that call a running server. */
import type { Command } from "commander";
import { replayEndpoint, type ReplayOptions } from "./replay-endpoint.ts";
import type { ServerChoice } from "./replay-client.ts";
import { showTask } from "./replay-task.ts";
import { rotateServerKey } from "./rotate-encryption-key.ts";
import { settingsOrRefuse } from "./settings-or-refuse.ts";

/** `finish` takes the exit code. */
export function addClientCommands(program: Command, finish: (code: number) => void): void {
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
}
