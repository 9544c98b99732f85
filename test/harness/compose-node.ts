/** One node of the compose file as a process of this machine: the image's command with its environment. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { BuiltImage } from "./image.ts";

export type ComposeNode = AsyncDisposable & {
  readonly url: string;
  /**
   * Stops the node as the engine does: SIGTERM, and SIGKILL after the grace period. Resolves with the exit
   * code, or null after SIGKILL.
   */
  stop(graceMs: number): Promise<number | null>;
  /** Runs the image's health check and resolves with its exit code. */
  health(): Promise<number | null>;
};

export async function startComposeNode(
  image: BuiltImage,
  environment: Readonly<Record<string, string>>,
): Promise<ComposeNode> {
  const env = { PATH: process.env["PATH"], ...image.environment, ...environment };
  const [program = "", ...words] = image.command;
  const child = spawn(toProgram(program), words, {
    cwd: image.folder,
    env,
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let complaint = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    complaint += text;
  });
  const ended = once(child, "exit");
  const first = await Promise.race([once(child, "message"), ended.then(() => null)]);
  if (first === null) throw new Error(`the node did not start: ${complaint}`);
  const { listening: url } = first[0] as { listening: string };
  return {
    url,
    async stop(graceMs) {
      child.kill("SIGTERM");
      const patience = setTimeout(() => child.kill("SIGKILL"), graceMs);
      await ended;
      clearTimeout(patience);
      return child.exitCode;
    },
    health: async () => await runCheck(image, { ...env, HOOKLINE_PORT: new URL(url).port }),
    async [Symbol.asyncDispose]() {
      if (hasEnded(child)) return;
      child.kill("SIGKILL");
      await ended;
    },
  };
}

async function runCheck(image: BuiltImage, env: NodeJS.ProcessEnv): Promise<number | null> {
  const [program = "", ...words] = image.healthCheck;
  const check = spawn(toProgram(program), words, { env, stdio: "ignore" });
  await once(check, "exit");
  return check.exitCode;
}

/** The current Node replaces the image's. */
function toProgram(program: string): string {
  return program === "node" ? process.execPath : program;
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
