/** Commands that run a server or a receiver. */
import type { Command } from "commander";
import { runDemo } from "../../demo/run-demo.ts";
import { tryAddresses } from "../config/listen-address.ts";
import { SETTINGS } from "../config/settings.ts";
import { TRIAL_RECEIVER_PORT } from "../core/delivery/trial-receiver.ts";
import { AppError } from "../core/error.ts";
import { developmentSettings } from "./development.ts";
import { listen } from "./listen.ts";
import { serve } from "./serve.ts";
import { settingsOrRefuse } from "./settings-or-refuse.ts";

/** `finish` takes the exit code. */
export function addServerCommands(program: Command, finish: (code: number) => void): void {
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
    .option("--port <port>", "on 127.0.0.1", String(TRIAL_RECEIVER_PORT))
    .action(async (options: { port: string }) =>
      finish(await listen({ port: portOrRefuse(options.port) })),
    );
  program
    .command("demo")
    .description("start a server and four receivers, play a conversation, and show each delivery")
    .option("--speed <times>", "speed of the conversation, as a multiple of the normal speed", "1")
    .option(
      "--stay",
      "keep the server up after the conversation, for its dashboard, on the port HOOKLINE_PORT",
    )
    .action(async (options: { speed: string; stay?: boolean }) =>
      finish(
        await runDemo({
          speed: speedOrRefuse(options.speed),
          stayOn: options.stay === true ? await freePortOrRefuse() : null,
        }),
      ),
    );
}

/** The only setting that the demo takes from the environment: the link is opened in a browser. */
async function freePortOrRefuse(): Promise<number> {
  const settings = settingsOrRefuse();
  await tryAddresses({ ...settings, host: SETTINGS.host.fallback, adminListen: "" });
  return settings.port;
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
