/**
 * `hookline demo`: a server of its own on a SQLite file, a receiver with three webhooks (healthy,
 * slow, and one that fails twice and recovers), and a conversation played into it. Everything goes
 * through the real command line and the real API; the closing figures come from `hookline check`.
 */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { runCommand, startServer } from "./demo/child.ts";
import { CONVERSATION, type Line } from "./demo/conversation.ts";
import { createNativeClient, type NativeClient } from "./demo/native-client.ts";
import { startReceiver, type Receiver } from "./demo/receiver.ts";
import { showAttempt, showHeading, showPlayed, showSummary } from "./demo/screen.ts";

const WEBHOOKS = ["healthy", "slow", "flaky"] as const;
const POLL_MS = 100;
const LONGEST_WAIT_MS = 30_000;

type Attempt = {
  id: string;
  endpoint: string;
  msgId: string;
  eventType: string;
  statusCode: number;
  durationMs: number;
  at: Date;
};

export async function runDemo(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "hookline-demo-"));
  const stopAsked = new AbortController();
  const onInterrupt = () => stopAsked.abort();
  process.once("SIGINT", onInterrupt);
  process.once("SIGTERM", onInterrupt);
  const receiver = await startReceiver();
  const settings = {
    HOOKLINE_PORT: "0",
    HOOKLINE_STORE: `sqlite:${join(folder, "demo.db")}`,
    HOOKLINE_ADMIN_TOKEN: `hk_demo_${randomBytes(16).toString("hex")}`,
    HOOKLINE_EGRESS_ALLOW: `127.0.0.1/32:${receiver.port}`,
    HOOKLINE_HTTP_URLS: "allow",
    HOOKLINE_LOG_LEVEL: "error",
  };
  try {
    const server = await startServer(settings);
    try {
      const api = createNativeClient(server.url, settings.HOOKLINE_ADMIN_TOKEN);
      return await play(api, server.url, receiver, settings, stopAsked.signal);
    } finally {
      await server.stop();
    }
  } finally {
    process.off("SIGINT", onInterrupt);
    process.off("SIGTERM", onInterrupt);
    await receiver.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function play(
  api: NativeClient,
  url: string,
  receiver: Receiver,
  settings: Readonly<Record<string, string>>,
  stopAsked: AbortSignal,
): Promise<number> {
  const app = String((await api.post("/app", { name: "Bright Smile Dental" })).id);
  const endpoints = new Map<string, string>();
  for (const name of WEBHOOKS) {
    const hook = await api.post(`/app/${app}/endpoint`, {
      url: `http://127.0.0.1:${receiver.port}/${name}`,
      description: name,
      // The demo should not take 72 hours: retries after 1 s and 3 s instead of the usual slots.
      ...(name === "flaky" ? { retrySchedule: [1, 3, 8] } : {}),
    });
    const { key } = await api.get(`/app/${app}/endpoint/${String(hook.id)}/secret`);
    receiver.expect(`/${name}`, String(key));
    endpoints.set(String(hook.id), name);
  }
  showHeading([
    "",
    `  Hookline at ${url}, its data in one SQLite file, three webhooks on this machine:`,
    "  healthy answers at once, slow takes 1.3 s, flaky answers 503 twice and then recovers.",
    "  Ctrl-C ends it early with the same summary.",
  ]);

  const attempts = new Map<string, Attempt>();
  const playing = playConversation(api, app, stopAsked);
  let played = false;
  const settled = playing.finally(() => {
    played = true;
  });
  const deadline = performance.now() + LONGEST_WAIT_MS;
  while (!stopAsked.aborted && performance.now() < deadline) {
    await showNewAttempts(api, app, endpoints, attempts);
    if (played && (await isIdle(api, app, endpoints))) break;
    await sleep(POLL_MS, undefined, { signal: stopAsked }).catch(() => undefined);
  }
  await settled;
  await showNewAttempts(api, app, endpoints, attempts);
  summarise(endpoints, attempts, receiver);
  console.log("");
  return runCommand("check", settings);
}

async function playConversation(
  api: NativeClient,
  app: string,
  stopAsked: AbortSignal,
): Promise<void> {
  for (const line of CONVERSATION) {
    await sleep(line.waitMs, undefined, { signal: stopAsked }).catch(() => undefined);
    if (stopAsked.aborted) return;
    showPlayed(line.eventType, wordsOf(line));
    await api.post(`/app/${app}/msg`, { eventType: line.eventType, payload: line.payload });
  }
}

function wordsOf(line: Line): string {
  const message = line.payload.message as {
    from?: string;
    text?: string;
    id: string;
    status?: string;
  };
  return message.text === undefined
    ? `${message.id} is ${String(message.status).replaceAll("_", " ")}`
    : `${message.from ?? ""}  “${message.text}”`;
}

async function showNewAttempts(
  api: NativeClient,
  app: string,
  endpoints: ReadonlyMap<string, string>,
  seen: Map<string, Attempt>,
): Promise<void> {
  const fresh: Attempt[] = [];
  for (const [id, endpoint] of endpoints) {
    const page = await api.get(`/app/${app}/attempt/endpoint/${id}?limit=100&with_msg=true`);
    for (const row of page.data as Record<string, unknown>[]) {
      if (seen.has(String(row.id))) continue;
      fresh.push({
        id: String(row.id),
        endpoint,
        msgId: String(row.msgId),
        eventType: String((row.msg as Record<string, unknown> | null)?.eventType),
        statusCode: Number(row.responseStatusCode),
        durationMs: Number(row.responseDurationMs),
        at: new Date(String(row.timestamp)),
      });
    }
  }
  fresh.sort((a, b) => a.at.getTime() - b.at.getTime());
  for (const attempt of fresh) {
    seen.set(attempt.id, attempt);
    const number = [...seen.values()].filter(
      (one) => one.msgId === attempt.msgId && one.endpoint === attempt.endpoint,
    ).length;
    showAttempt({ ...attempt, number });
  }
}

async function isIdle(
  api: NativeClient,
  app: string,
  endpoints: ReadonlyMap<string, string>,
): Promise<boolean> {
  for (const id of endpoints.keys()) {
    const stats = await api.get(`/app/${app}/endpoint/${id}/stats`);
    if (Number(stats.pending) + Number(stats.sending) > 0) return false;
  }
  return true;
}

function summarise(
  endpoints: ReadonlyMap<string, string>,
  attempts: ReadonlyMap<string, Attempt>,
  receiver: Receiver,
): void {
  const rows = [...endpoints.values()].map((endpoint) => {
    const own = [...attempts.values()].filter((attempt) => attempt.endpoint === endpoint);
    const durations = own.map((attempt) => attempt.durationMs).sort((a, b) => a - b);
    const delivered = own.filter(
      (attempt) => attempt.statusCode >= 200 && attempt.statusCode < 300,
    );
    return {
      endpoint,
      attempts: own.length,
      delivered: delivered.length,
      failures: own.length - delivered.length,
      medianMs: durations[Math.floor(durations.length / 2)] ?? 0,
    };
  });
  const { good, bad } = receiver.verified();
  showSummary(rows, [
    `The receiver verified ${good} signatures${bad === 0 ? ", every one of them good." : `, and refused ${bad}.`}`,
  ]);
}
