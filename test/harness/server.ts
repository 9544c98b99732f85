/** A real server as a child process: started, stopped in order, or killed. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export const TOKEN = "hk_test_0123456789abcdef";
const PROGRAM = resolve(import.meta.dirname, "../../src/main.ts");

/** Disposing of it kills it when it still runs, so that a failed test leaves nothing behind. */
export type ServerProcess = AsyncDisposable & {
  readonly url: string;
  readonly child: ChildProcess;
  /** All that it wrote to stderr so far. */
  readonly stderr: () => string;
  /** All that it wrote to stdout so far, when `captureStdout` was asked for. */
  readonly stdout: () => string;
  /** SIGKILL, and waits for the end. */
  readonly kill: () => Promise<void>;
  /** SIGTERM, and waits for the end; gives the exit code. */
  readonly stop: () => Promise<number | null>;
  readonly ended: Promise<void>;
};

/** A folder for a store, removed at the end of the test. */
export function temporaryFolder(): {
  readonly path: string;
  readonly [Symbol.dispose]: () => void;
} {
  const path = mkdtempSync(join(tmpdir(), "hookline-test-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

export type ServerOptions = {
  readonly settings: Readonly<Record<string, string>>;
  /** Runs the program from another copy of the sources. */
  readonly program?: string;
  /** Put before the program, such as `["strace", "-f"]`. */
  readonly wrapper?: readonly string[];
  /** Keeps what it writes to stdout, which is where its log goes. */
  readonly captureStdout?: boolean;
};

export async function startServer(options: ServerOptions): Promise<ServerProcess> {
  const command = [
    ...(options.wrapper ?? []),
    process.execPath,
    options.program ?? PROGRAM,
    "serve",
  ];
  const inherited = Object.entries(process.env).filter(
    ([name]) => !name.startsWith("HOOKLINE_") && name !== "NODE_TEST_CONTEXT",
  );
  const child = spawn(command[0] as string, command.slice(1), {
    env: {
      ...Object.fromEntries(inherited),
      HOOKLINE_PORT: "0",
      HOOKLINE_ADMIN_TOKEN: TOKEN,
      HOOKLINE_HTTP_URLS: "allow",
      HOOKLINE_LOG_LEVEL: "error",
      ...options.settings,
    },
    stdio: ["ignore", options.captureStdout === true ? "pipe" : "ignore", "pipe", "ipc"],
  });
  let logged = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    logged += text;
  });
  let written = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    written += text;
  });
  const ended = once(child, "exit").then(() => undefined);
  const first = await Promise.race([
    once(child, "message").then(([message]) => message as { listening: string; pid: number }),
    ended,
  ]);
  if (first === undefined) throw new Error(`the server did not start: ${written}`);
  return {
    url: first.listening,
    child,
    stderr: () => written,
    stdout: () => logged,
    kill: async () => {
      process.kill(first.pid, "SIGKILL");
      await ended;
    },
    stop: async () => {
      // Not the child's own id: it may be wrapped, and a wrapper keeps signals to itself.
      process.kill(first.pid, "SIGTERM");
      await ended;
      return child.exitCode;
    },
    ended,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      process.kill(first.pid, "SIGKILL");
      await ended;
    },
  };
}

/** One call of the native API; never throws on a status. */
export async function call(
  url: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json", ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? {} : JSON.parse(text) };
}
