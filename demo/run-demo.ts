/**
 * `hookline demo`: a server of its own on a SQLite file, and one text conversation that arrives in all
 * four wire APIs side by side: at a healthy receiver, a slow one, one that fails twice and recovers,
 * and another healthy one, each registered through its own API. Everything goes through the real
 * command line and the real APIs; the closing figures come from `hookline check`.
 */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findDialectEvent } from "../src/core/dialect-events.ts";
import { runCommand, startServer } from "./child.ts";
import { CONVERSATION, type Line } from "./conversation.ts";
import { layoutFor } from "./layout.ts";
import { createNativeClient, type NativeClient } from "./native-client.ts";
import { startReceiver, type Receiver } from "./receiver.ts";
import { RECEIVERS } from "./receiver-names.ts";
import { registerWebhooks } from "./register-webhooks.ts";
import { attemptLine, columnsLine, dim, inColour, playedLine, silentLine } from "./screen.ts";
import { receiverLines, shapeLines } from "./summary.ts";
import { isSettled, listEndpoints, takeNewAttempts, type SeenAttempt } from "./watch-attempts.ts";

/** SIGHUP too: whoever closes the terminal leaves no server behind. */
const STOP_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const POLL_MS = 200;
/** How long what is new is held back, for what belongs beside it. */
const TOGETHER_MS = 200;
const LONGEST_WAIT_MS = 60_000;
/** When the output is no terminal. */
const USUAL_COLUMNS = 100;

type Stage = {
  readonly api: NativeClient;
  readonly app: string;
  readonly receiver: Receiver;
  readonly stopAsked: AbortSignal;
  /** How many times faster than a conversation worth watching. */
  readonly speed: number;
};

/** Gives the exit code of `check`. */
export async function runDemo({ speed = 1 }: { readonly speed?: number } = {}): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "hookline-demo-"));
  const stopAsked = new AbortController();
  const onInterrupt = () => {
    // Terminals echo ^C; the summary starts on a line of its own.
    if (process.stdout.isTTY) print([""]);
    stopAsked.abort();
  };
  for (const signal of STOP_SIGNALS) process.once(signal, onInterrupt);
  const receiver = await startReceiver();
  const settings = {
    HOOKLINE_PORT: "0",
    HOOKLINE_STORE: `sqlite:${join(folder, "demo.db")}`,
    HOOKLINE_ADMIN_TOKEN: `hk_demo_${randomBytes(16).toString("hex")}`,
    HOOKLINE_EGRESS_ALLOW: `127.0.0.1/32:${receiver.port}`,
    HOOKLINE_HTTP_URLS: "allow",
    // Nobody wants to watch for 30 seconds and 2 minutes, which is what it usually waits.
    HOOKLINE_SENDBLUE_RETRIES: "1s,3s,8s",
    HOOKLINE_LOG_LEVEL: "error",
  };
  try {
    const { url, stop } = await startServer(settings);
    try {
      const api = createNativeClient(url, settings.HOOKLINE_ADMIN_TOKEN);
      const app = await registerWebhooks({ api, url, receiver });
      introduce(url);
      await play({ api, app, receiver, stopAsked: stopAsked.signal, speed });
      return await runCommand("check", settings);
    } finally {
      await stop();
    }
  } finally {
    for (const signal of STOP_SIGNALS) process.off(signal, onInterrupt);
    await receiver.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function columnsNow(): number {
  return process.stdout.columns ?? USUAL_COLUMNS;
}

function introduce(url: string): void {
  print([
    "",
    `  Hookline at ${url}, its data in one SQLite file. One`,
    "  conversation, and four receivers, each registered through an API of its own:",
    "",
    `  ${inColour("svix", "native  ")}  signed, Svix's API              answers at once`,
    `  ${inColour("zipwhip", "Zipwhip ")}  user/login, webhook/add         takes 1.2 seconds`,
    `  ${inColour("sendblue", "Sendblue")}  POST /api/account/webhooks      answers 503 twice, then recovers`,
    `  ${inColour("chirp", "Chirp   ")}  POST /v1/webhooks               answers at once`,
    "",
    dim("  Ctrl-C ends it early, with the same summary."),
    "",
    columnsLine(layoutFor(columnsNow())),
  ]);
}

async function play(stage: Stage): Promise<void> {
  const { api, app, receiver, stopAsked } = stage;
  const endpoints = await listEndpoints(api, app);
  const seen = new Map<string, SeenAttempt>();
  const showNew = async (endedBefore: number) => {
    const fresh = await takeNewAttempts({ api, app, receiver, endpoints, endedBefore }, seen);
    print(fresh.map((attempt) => attemptLine(attempt, layoutFor(columnsNow()))));
  };
  let played = false;
  const playing = playConversation(stage).finally(() => {
    played = true;
  });
  const deadline = performance.now() + LONGEST_WAIT_MS;
  while (!stopAsked.aborted && performance.now() < deadline) {
    await showNew(Date.now() - TOGETHER_MS);
    if (played && (await isSettled(api, app, endpoints))) break;
    await sleep(POLL_MS, undefined, { signal: stopAsked }).catch(() => undefined);
  }
  await playing;
  await showNew(Number.POSITIVE_INFINITY);
  const attempts = [...seen.values()];
  print(["", ...shapeLines(attempts), "", ...receiverLines(attempts), ""]);
}

async function playConversation({ api, app, stopAsked, speed }: Stage): Promise<void> {
  for (const line of CONVERSATION) {
    await sleep(line.waitMs / speed, undefined, { signal: stopAsked }).catch(() => undefined);
    if (stopAsked.aborted) return;
    const layout = layoutFor(columnsNow());
    const silent = silentFor(line).map((dialect) => silentLine(dialect, layout));
    print(["", playedLine(line, layout), ...silent]);
    await api.post(`/app/${app}/msg`, { eventType: line.eventType, payload: line.payload });
  }
}

/** The receivers whose API has no event for this. */
function silentFor({ eventType, payload: { message } }: Line) {
  const { channel = "sms", status = null } = message;
  const facts = { type: eventType, message: { channel, status, media: [] } };
  return RECEIVERS.filter((dialect) => findDialectEvent(dialect, facts) === null);
}

function print(lines: readonly string[]): void {
  for (const line of lines) console.log(line);
}
