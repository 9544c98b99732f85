/** A real server as a child process, which a test starts, stops gracefully, or kills. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export const TOKEN = "hk_test_0123456789abcdef";
/** Sender threads of servers that choose no number; `auto` would depend on the machine. */
const SENDERS = process.env["TEST_SENDERS"] ?? "0";
const PROGRAM = resolve(import.meta.dirname, "../../src/main.ts");

/** Disposing of a running server kills it, so that a failed test leaves no process behind. */
export type ServerProcess = AsyncDisposable & {
  readonly url: string;
  /** Signs in to the dashboard once; only of `dev`. */
  readonly dashboardLink: string | null;
  readonly child: ChildProcess;
  /** The stderr so far. */
  readonly stderr: () => string;
  /** The stdout so far, with `captureStdout`. */
  readonly stdout: () => string;
  /** Sends SIGKILL, and waits for the exit. */
  readonly kill: () => Promise<void>;
  /** Sends SIGTERM, and resolves with the exit code. */
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
  /** The program of another copy of the sources. */
  readonly program?: string;
  /** A command in front of the program, such as `["strace", "-f"]`. */
  readonly wrapper?: readonly string[];
  readonly command?: "serve" | "dev";
  /** Captures stdout, which has the log. */
  readonly captureStdout?: boolean;
};

type Started = {
  readonly listening: string;
  readonly pid: number;
  readonly dashboardLink: string | null;
};

export async function startServer(options: ServerOptions): Promise<ServerProcess> {
  const command = [
    ...(options.wrapper ?? []),
    process.execPath,
    options.program ?? PROGRAM,
    options.command ?? "serve",
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
      HOOKLINE_SENDERS: SENDERS,
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
    once(child, "message").then(([message]) => message as Started),
    ended,
  ]);
  if (first === undefined) throw new Error(`the server did not start: ${written}`);
  return {
    url: first.listening,
    dashboardLink: first.dashboardLink,
    child,
    stderr: () => written,
    stdout: () => logged,
    kill: async () => {
      process.kill(first.pid, "SIGKILL");
      await ended;
    },
    stop: async () => {
      // The process group, not the child's id: the child may be a wrapper, which does not forward signals.
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

/** One call of the native API. It never throws on a status. */
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
