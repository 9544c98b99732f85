/** Runs this same program as a child: `dev` until it is stopped, `check` until it ends. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("../src/main.ts", import.meta.url));

export type ServerChild = {
  readonly url: string;
  /** Signs in to the dashboard once. */
  readonly dashboardLink: string;
  /** Resolves when the server has ended. */
  readonly ended: Promise<void>;
  readonly stop: () => Promise<void>;
};
type Listening = { readonly listening: string; readonly dashboardLink: string };

function environmentWith(settings: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("HOOKLINE_"));
  return { ...Object.fromEntries(inherited), ...settings };
}

/** Starts `dev` and resolves when it listens. The child sends its address over the IPC channel. */
export async function startServer(
  settings: Readonly<Record<string, string>>,
): Promise<ServerChild> {
  const child = spawn(process.execPath, [PROGRAM, "dev"], {
    env: environmentWith(settings),
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    // A separate process group: Ctrl-C reaches only the demo, which then stops the server in order.
    detached: true,
  });
  const ended = once(child, "exit");
  const { listening, dashboardLink } = await Promise.race([
    once(child, "message").then(([message]) => message as Listening),
    ended.then(([code]) => {
      throw new Error(`the server ended before it listened, with code ${code}`);
    }),
  ]);
  return {
    url: listening,
    dashboardLink,
    ended: ended.then(() => undefined),
    stop: () => stop(child),
  };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}

/** Runs a command of the program to its end, with output to this terminal. Returns the exit code. */
export async function runCommand(
  command: string,
  settings: Readonly<Record<string, string>>,
): Promise<number> {
  const child = spawn(process.execPath, [PROGRAM, command], {
    env: environmentWith(settings),
    stdio: ["ignore", "inherit", "inherit"],
  });
  const [code] = (await once(child, "exit")) as [number | null];
  return code ?? 1;
}
