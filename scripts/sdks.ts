/**
 * Plays one story with several releases of the official Svix SDKs against a server: every call that is
 * served, with a receiver that verifies. `test/sdks/releases.ts` lists the releases, which are installed into
 * `.sdks/` from the registries of npm, Python and Go.
 *
 *   npm run sdks                  all releases
 *   npm run sdks -- python 2.5.0  those whose language or version is named
 *
 * A release that cannot be installed is skipped with one line. That is a failure where `CI` is `true`, unless
 * `HOOKLINE_SDKS_SKIP` names its language (comma separated).
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { createInterface } from "node:readline";
import { startReceiver, type Receiver } from "../test/harness/receiver.ts";
import { startServer, temporaryFolder, TOKEN } from "../test/harness/server.ts";
import { installRelease } from "../test/sdks/install.ts";
import { playStory, type Ask, type Played, type SendPut } from "../test/sdks/play.ts";
import { RELEASES, type Release } from "../test/sdks/releases.ts";
import { STORY } from "../test/sdks/story.ts";
import type { SdkAnswer } from "../test/sdks/driver-protocol.ts";

type Row = {
  readonly release: Release;
  readonly played: readonly Played[];
  readonly skipped?: string;
};

const asked = process.argv.slice(2);
const releases = RELEASES.filter(
  ({ language, version }) =>
    asked.length === 0 || asked.includes(language) || asked.includes(version),
);
const maySkip = new Set((process.env["HOOKLINE_SDKS_SKIP"] ?? "").split(","));

const rows = await playAll();
report(rows);

async function playAll(): Promise<readonly Row[]> {
  using folder = temporaryFolder();
  await using receiver = await startReceiver((_receipt, response) =>
    response.writeHead(200).end("thanks"),
  );
  await using server = await startServer({
    settings: {
      HOOKLINE_STORE: `sqlite:${folder.path}/hookline.db`,
      HOOKLINE_EGRESS_ALLOW: `127.0.0.1/32:${receiver.port}`,
    },
  });
  const rows: Row[] = [];
  for (const release of releases) rows.push(await playRelease(release, server.url, receiver));
  return rows;
}

async function playRelease(release: Release, url: string, receiver: Receiver): Promise<Row> {
  let command: readonly string[];
  try {
    command = installRelease(release);
  } catch (error) {
    return { release, played: [], skipped: (error as Error).message };
  }
  const { lacks = [] } = release;
  const app = `${release.language}-${release.version}`;
  const driver = startDriver([...command, TOKEN, url]);
  try {
    const { ask } = driver;
    const put: SendPut = (path, body) => sendPut(url, path, body);
    return { release, played: await playStory(STORY, { ask, put, receiver, app, lacks }) };
  } finally {
    await driver.stop();
  }
}

async function sendPut(url: string, path: string, body: object): Promise<void> {
  const answer = await fetch(`${url}/api/v1${path}`, {
    method: "PUT",
    headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`refused with ${answer.status}: ${await answer.text()}`);
}

/** One request at a time; a driver that exits answers with an error. */
function startDriver([command, ...args]: readonly string[]): {
  readonly ask: Ask;
  readonly stop: () => Promise<void>;
} {
  const child = spawn(command as string, args, { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(child, "exit");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  child.stdin.on("error", () => undefined);
  return {
    async ask(request) {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      const { value, done } = await lines.next();
      return done === true ? { error: "the driver has exited" } : (JSON.parse(value) as SdkAnswer);
    },
    async stop() {
      child.stdin.end();
      await ended;
    },
  };
}

function report(all: readonly Row[]): void {
  const counts = { passed: 0, failed: 0 };
  for (const { release, played, skipped } of all) {
    const name = `svix ${release.version} (${release.language}; ${release.why})`;
    if (skipped !== undefined) {
      const isFailure = process.env["CI"] === "true" && !maySkip.has(release.language);
      if (isFailure) counts.failed += 1;
      print(`${isFailure ? "FAILED" : "skipped"}: ${name}: ${skipped}`);
      continue;
    }
    const those = (outcome: Played["outcome"]) => played.filter((one) => one.outcome === outcome);
    const absent = those("absent");
    const failed = those("failed");
    counts.passed += those("passed").length;
    counts.failed += failed.length;
    print(`${name}: ${those("passed").length} of ${played.length} steps passed`);
    if (absent.length > 0)
      print(`  not in this release: ${absent.map((one) => one.name).join("; ")}`);
    for (const one of failed) print(`  FAILED ${one.name}: ${one.reason}`);
  }
  print(`${counts.passed} passed, ${counts.failed} failed`);
  process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
