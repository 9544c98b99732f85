/**
 * `hookline demo`: a separate server on a SQLite file, and one text conversation that arrives in all four
 * APIs side by side. One receiver is slow, one fails twice and recovers, and two are healthy. Each is
 * registered through its API. Everything uses the real command line and the real APIs; the closing figures
 * come from `hookline check`. With `--stay` the server then stays up for a look at its dashboard.
 */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findDialectEvent } from "../src/core/events/dialect-events.ts";
import { stopRequest } from "../src/cli/stop-request.ts";
import { runCommand, startServer, type ServerChild } from "./child.ts";
import { CONVERSATION, type Line } from "./conversation.ts";
import { layoutFor } from "./layout.ts";
import { createNativeClient, type NativeClient } from "./native-client.ts";
import { startReceiver, type Receiver } from "./receiver.ts";
import { RECEIVERS } from "./receiver-names.ts";
import { registerWebhooks } from "./register-webhooks.ts";
import { attemptLine, bold, columnsLine, dim, inColour, playedLine, silentLine } from "./screen.ts";
import { receiverLines, shapeLines } from "./summary.ts";
import { isSettled, listEndpoints, takeNewAttempts, type SeenAttempt } from "./watch-attempts.ts";

const POLL_MS = 200;
/** Delay before new attempts are shown, so that attempts of one event appear together. */
const TOGETHER_MS = 200;
const LONGEST_WAIT_MS = 60_000;
/** Width when the output is not a terminal. */
const USUAL_COLUMNS = 100;

type Stage = {
  readonly api: NativeClient;
  readonly app: string;
  readonly receiver: Receiver;
  readonly stopAsked: AbortSignal;
  /** Speed of the conversation, as a multiple of the normal speed. */
  readonly speed: number;
};

type DemoOptions = {
  readonly speed: number;
  /** The port of a server that stays up after the conversation. Null for one that ends with it. */
  readonly stayOn: number | null;
};

/** Returns the exit code of `check`. */
export async function runDemo({ speed, stayOn }: DemoOptions): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "hookline-demo-"));
  const stopAsked = new AbortController();
  void stopRequest().then(() => {
    // Terminals echo ^C, so the summary starts on a new line.
    if (process.stdout.isTTY) print([""]);
    stopAsked.abort();
  });
  const receiver = await startReceiver();
  const settings = {
    HOOKLINE_PORT: String(stayOn ?? 0),
    HOOKLINE_STORE: `sqlite:${join(folder, "demo.db")}`,
    HOOKLINE_ADMIN_TOKEN: `hk_demo_${randomBytes(16).toString("hex")}`,
    HOOKLINE_EGRESS_ALLOW: `127.0.0.1/32:${receiver.port}`,
    HOOKLINE_HTTP_URLS: "allow",
    // The default waits of 30 seconds and 2 minutes are too long for a demo.
    HOOKLINE_SENDBLUE_RETRIES: "1s,3s,8s",
    HOOKLINE_LOG_LEVEL: "error",
  };
  try {
    const server = await startServer(settings);
    const { url } = server;
    try {
      const api = createNativeClient(url, settings.HOOKLINE_ADMIN_TOKEN);
      const app = await registerWebhooks({ api, url, receiver });
      introduce(url);
      if (stayOn !== null) print(["", ...dashboardLines(server)]);
      print(["", columnsLine(layoutFor(columnsNow()))]);
      await play({ api, app, receiver, stopAsked: stopAsked.signal, speed });
      const code = await runCommand("check", settings);
      if (stayOn === null || stopAsked.signal.aborted) return code;
      return (await stay(server, stopAsked.signal)) ? code : 1;
    } finally {
      await server.stop();
    }
  } finally {
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
    `  Hookline is at ${url}, with its data in one SQLite file.`,
    "  Four receivers get one conversation, each through a different API:",
    "",
    `  ${inColour("svix", "native  ")}  signed, Svix's API              answers at once`,
    `  ${inColour("zipwhip", "Zipwhip ")}  user/login, webhook/add         takes 1.2 seconds`,
    `  ${inColour("sendblue", "Sendblue")}  POST /api/account/webhooks      answers 503 twice, then recovers`,
    `  ${inColour("chirp", "Chirp   ")}  POST /v1/webhooks               answers at once`,
    "",
    dim("  Ctrl-C ends the demo early, with the same summary."),
  ]);
}

function dashboardLines({ dashboardLink }: ServerChild): readonly string[] {
  return [
    "  Watch it in the dashboard. This link signs you in, once and within an hour:",
    `  ${bold(dashboardLink)}`,
  ];
}

/** Returns false when the server has ended by itself. */
async function stay(server: ServerChild, stopAsked: AbortSignal): Promise<boolean> {
  print([
    "",
    `  The server and its receivers stay up: ${bold(`${server.url}/dashboard`)}`,
    "  If you have not used it yet, this link signs you in:",
    `  ${server.dashboardLink}`,
    dim("  Ctrl-C ends the demo and deletes its data."),
  ]);
  const asked = once(stopAsked, "abort").then(() => true);
  return await Promise.race([asked, server.ended.then(() => false)]);
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

/** The receivers whose API has no event for this line. */
function silentFor({ eventType, payload: { message } }: Line) {
  const { channel = "sms", status = null } = message;
  const facts = { type: eventType, message: { channel, status, media: [] } };
  return RECEIVERS.filter((dialect) => findDialectEvent(dialect, facts) === null);
}

function print(lines: readonly string[]): void {
  for (const line of lines) console.log(line);
}
