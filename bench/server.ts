/** The measured server: the built program as a child, with a separate store, and its memory and CPU time. */
import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { monotonicMs } from "./clock.ts";
import { slowDisk } from "./slow-disk.ts";
import { readThreads, type ThreadTimes } from "./threads.ts";

const CHECKOUT = fileURLToPath(new URL("..", import.meta.url));
/** The flags in the first line of the built program, which applies when it is run by its name. */
const AS_INSTALLED = ["--max-semi-space-size=8"];
/** The program without its store; HTTP in and out and nothing else. */
const PROGRAMS = {
  storeless: [fileURLToPath(new URL("./pipeline-without-store.ts", import.meta.url))],
  empty: [fileURLToPath(new URL("./empty-pipeline.ts", import.meta.url))],
} as const;
const TOKEN = `hk_bench_${randomBytes(16).toString("hex")}`;
export const STORE_FILE = "hookline.db";
const HEALTH_POLL_MS = 5;

export type ServerOptions = {
  /** The folder of its store and of its profile. */
  readonly folder: string;
  readonly sinkPort: number;
  /** The whole program unless given. */
  readonly program?: "full" | keyof typeof PROGRAMS;
  /** The folder of the built checkout; that of this file unless given. */
  readonly checkout?: string;
  /** Writes CPU profiles of every thread to the folder when the server stops. */
  readonly profile?: boolean;
  /** Delays every fsync by this time; needs strace. */
  readonly fsyncMs?: number;
  readonly settings?: Readonly<Record<string, string>>;
};

export type Memory = { readonly residentMiB: number; readonly peakMiB: number };

export type Server = {
  readonly url: string;
  readonly token: string;
  readonly pid: number;
  /** The time from the spawn to the first 200 of `/health`. */
  readonly startUpMs: number;
  readonly spawnedAt: number;
  memory(): Memory;
  /** CPU time so far of all its threads. */
  cpuMs(): number;
  /** The same by kind of thread. */
  threads(): ThreadTimes;
  call(method: string, path: string, body?: unknown): Promise<Record<string, unknown>>;
  metrics(): Promise<string>;
  /** SIGTERM stops the server gracefully, SIGKILL like a crash. */
  stop(signal?: "SIGTERM" | "SIGKILL"): Promise<void>;
};

export async function startServer(options: ServerOptions): Promise<Server> {
  const built = join(options.checkout ?? CHECKOUT, "dist/src/main.js");
  if (!existsSync(built)) throw new Error(`there is no ${built}: run \`npm run build\` first`);
  const profile =
    options.profile === true ? ["--cpu-prof", `--cpu-prof-dir=${options.folder}`] : [];
  const { program: name = "full" } = options;
  const program = name === "full" ? [...AS_INSTALLED, built, "serve"] : PROGRAMS[name];
  const spawnedAt = monotonicMs();
  const [command = process.execPath, ...words] = [
    ...(options.fsyncMs === undefined ? [] : slowDisk(options.fsyncMs)),
    process.execPath,
    ...profile,
    ...program,
  ];
  const child = spawn(command, words, {
    env: toEnvironment(options),
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  // Only the whole program sends its id, which is not that of the child when a tracer is in between.
  const { listening: url, pid = child.pid ?? 0 } = await Promise.race([
    once(child, "message").then(([message]) => message as { listening: string; pid?: number }),
    once(child, "exit").then(([code]) => {
      throw new Error(`the server ended with ${code} before it listened`);
    }),
  ]);
  await untilHealthy(url);
  const startUpMs = monotonicMs() - spawnedAt;
  // A server must not outlive a bench that ends by an error.
  const end = () => process.kill(pid, "SIGKILL");
  process.once("exit", end);
  child.once("exit", (code, signal) => {
    process.off("exit", end);
    if (code !== 0 && signal === null) console.error(`the server ended with code ${code}`);
  });
  return {
    url,
    token: TOKEN,
    pid,
    startUpMs,
    spawnedAt,
    memory: () => readMemory(pid),
    cpuMs: () => readCpu(pid),
    threads: () => readThreads(pid),
    call: (method, path, body) => call(url, method, path, body),
    async metrics() {
      const answer = await fetch(`${url}/metrics`, {
        headers: { authorization: `Bearer ${TOKEN}` },
      });
      return await answer.text();
    },
    stop: (signal = "SIGTERM") => stop(child, pid, signal),
  };
}

function toEnvironment(options: ServerOptions): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("HOOKLINE_"));
  return {
    ...Object.fromEntries(inherited),
    NODE_ENV: "production",
    BENCH_SINK: `http://127.0.0.1:${options.sinkPort}`,
    HOOKLINE_PORT: "0",
    HOOKLINE_STORE: `sqlite:${join(options.folder, STORE_FILE)}`,
    HOOKLINE_ADMIN_TOKEN: TOKEN,
    HOOKLINE_EGRESS_ALLOW: `127.0.0.1/32:${options.sinkPort}`,
    HOOKLINE_HTTP_URLS: "allow",
    HOOKLINE_LOG_LEVEL: "error",
    ...options.settings,
  };
}

async function untilHealthy(url: string): Promise<void> {
  for (;;) {
    const answer = await fetch(`${url}/health`).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer?.status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, HEALTH_POLL_MS));
  }
}

async function call(
  url: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<Record<string, unknown>> {
  const answer = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}: ${text}`);
  return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
}

/** Resident memory, current and peak, as counted by the kernel. */
function readMemory(pid: number): Memory {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const mebibytes = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) / 1024;
  return { residentMiB: mebibytes("VmRSS"), peakMiB: mebibytes("VmHWM") };
}

const MS_PER_TICK = 10;

/** CPU time so far of all threads of a process. */
export function readCpu(pid: number): number {
  // The fields after the command, which ends at the last parenthesis: utime is the 12th, stime the 13th.
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
}

/** The child may be a tracer, so the signal goes to the server itself. */
async function stop(
  child: ChildProcess,
  pid: number,
  signal: "SIGTERM" | "SIGKILL",
): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  process.kill(pid, signal);
  await ended;
}
