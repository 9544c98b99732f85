/**
 * The first minutes: `hookline dev` prints commands, and pasting them delivers an event to a receiver on the
 * same machine. A server with default settings refuses the URL and names the setting that allows it.
 */
import assert from "node:assert/strict";
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { ADMIN_TOKEN, startNativeApi } from "../harness/native-api.ts";
import { temporaryFolder } from "../harness/server.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const PROGRAM = join(ROOT, "bin/hookline.js");
const CURL = "curl --silent --show-error --fail-with-body ";
const README = readFileSync(join(ROOT, "README.md"), "utf8");
const DEADLINE_MS = 30_000;

type Talking = AsyncDisposable & {
  readonly child: ChildProcess;
  /** Resolves with the whole output once it matches. */
  until(words: RegExp): Promise<string>;
};

function startCommand(args: readonly string[], settings: Record<string, string>): Talking {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("HOOKLINE_"));
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    env: { ...Object.fromEntries(inherited), ...settings },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  return {
    child,
    async until(words) {
      while (!words.test(output)) {
        await Promise.race([once(child.stdout, "data"), ended()]);
      }
      return output;
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.kill("SIGTERM")) await once(child, "exit");
    },
  };

  async function ended(): Promise<never> {
    await once(child, "exit");
    throw new Error(`it ended: ${output}`);
  }
}

test("the commands that dev prints deliver an event to a receiver on this machine", async () => {
  using folder = temporaryFolder();
  await using receiver = startCommand(["listen", "--port", "0"], {});
  await using server = startCommand(["dev"], {
    HOOKLINE_PORT: "0",
    HOOKLINE_STORE: `sqlite:${join(folder.path, "data", "hookline.db")}`,
  });
  const [, address = ""] = /(http:\/\/\S+)/.exec(await receiver.until(/stop with Ctrl-C/)) ?? [];
  const output = await server.until(/\/app\/first\/msg'.*\n\n/);

  assert.match(output, /The new store is in .*data\/hookline\.db/);
  assert.match(
    output,
    /endpoints may use http:\/\/ and be on this machine: HOOKLINE_HTTP_URLS=allow/,
  );
  assert.match(output, /API documents are at http:\/\/127\.0\.0\.1:\d+\/docs/);
  const [link = ""] = /http:\S+\/dashboard\/login#key=\w+/.exec(output) ?? [];
  const signedIn = await fetch(`${new URL(link).origin}/dashboard/session`, {
    method: "POST",
    headers: { "x-hookline-ui": "1" },
    body: JSON.stringify({ key: new URL(link).hash.replace("#key=", "") }),
  });
  assert.equal(signedIn.status, 200, "the printed link signs in");
  const lines = output.split("\n").filter((line) => line.startsWith("  curl"));
  assert.equal(lines.length, 3);
  for (const line of lines) {
    const pasted = line.replace("curl ", CURL).replace("http://localhost:9000/", address);
    const { status, stdout, stderr } = spawnSync("bash", ["-c", pasted], { encoding: "utf8" });
    assert.equal(status, 0, `${pasted}\n${stdout}${stderr}`);
  }
  const got = await receiver.until(/"text":"Hi!"/);
  assert.match(got, /POST \/ message\.received\n\{/);

  // README's SDK example as printed except for the addresses, in the folder of the store.
  const [, example = ""] = /^```js\n(.*?)^```$/ms.exec(README) ?? [];
  const [, url = ""] = /listens on (http:\S+)/.exec(output) ?? [];
  const program = example
    .replace("http://127.0.0.1:8080", url)
    .replace("http://127.0.0.1:9000/", address);
  writeFileSync(join(folder.path, "hello.mjs"), program);
  symlinkSync(join(ROOT, "node_modules"), join(folder.path, "node_modules"));
  const ran = spawnSync(process.execPath, ["hello.mjs"], { cwd: folder.path, encoding: "utf8" });
  assert.equal(ran.status, 0, ran.stderr);
  await receiver.until(/POST \/hooks message\.received\n\{/);
});

test("the five commands at the top of README make the reader's receiver print the webhook", async () => {
  using folder = temporaryFolder();
  await using server = startCommand(["dev"], {
    HOOKLINE_PORT: "0",
    HOOKLINE_STORE: `sqlite:${join(folder.path, "data", "hookline.db")}`,
  });
  const [, url = ""] = /listens on (http:\S+)/.exec(await server.until(/listens on .*\n/)) ?? [];
  const [, block = ""] = /^```sh\n(.*?)^```$/ms.exec(README) ?? [];
  assert.equal(block.trim().split("\n").length, 5);
  assert.match(block, /http:\/\/127\.0\.0\.1:8080/);
  const script = block
    .replaceAll("http://127.0.0.1:8080", url)
    .replaceAll("9000", String(await freePort()))
    .replaceAll("curl ", CURL);
  // The receiver stays in the background of this shell, so that both are one process group.
  const bash = spawn("bash", ["-e", "-c", `${script}wait`], {
    cwd: folder.path,
    stdio: ["ignore", "pipe", "inherit"],
    detached: true,
  });
  try {
    let output = "";
    bash.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    const signal = AbortSignal.timeout(DEADLINE_MS);
    const [, printed = ""] = /then prints the webhook:\n\n```\n(.*?)```/s.exec(README) ?? [];
    // A signature differs between runs. The rest is as the page prints it.
    const shown = new RegExp(toPattern(printed).replace(/v1,\S+/, "v1,\\S+"));
    assert.match(printed, shown);
    while (!shown.test(output)) await once(bash.stdout, "data", { signal });
  } finally {
    process.kill(-(bash.pid as number), "SIGKILL");
  }
});

test("a refused URL names the settings that would allow it, to the admin token alone", async () => {
  await using api = await startNativeApi({
    HOOKLINE_HTTP_URLS: "dialect",
    HOOKLINE_EGRESS_ALLOW: "",
  });
  await api.call("POST", "/app", { body: { name: "a", uid: "a" } });
  const made = await api.call("POST", "/app/a/key", { body: { kind: "manage" } });
  assert.equal(made.status, 201, made.text);
  const { key } = made.body as { key: string };
  const post = (url: string, token: string) =>
    api.call("POST", "/app/a/endpoint", { body: { url }, token });

  const both = await post("http://127.0.0.1:9000/hooks", ADMIN_TOKEN);
  assert.equal(both.status, 422);
  assert.match(both.text, /HOOKLINE_HTTP_URLS=allow/);
  assert.match(both.text, /add \\"127\.0\.0\.1:9000\\" to HOOKLINE_EGRESS_ALLOW/);
  assert.match(both.text, /npx hookline dev/);
  assert.match((await post("https://10.1.2.3/", ADMIN_TOKEN)).text, /HOOKLINE_EGRESS_ALLOW/);
  for (const url of ["http://127.0.0.1:9000/hooks", "https://10.1.2.3/"]) {
    const refused = await post(url, key);
    assert.equal(refused.status, 422);
    assert.doesNotMatch(refused.text, /HOOKLINE|hookline/);
  }
});

test("the start page links to the APIs of its listener, and may load nothing else", async () => {
  await using api = await startNativeApi({ HOOKLINE_ADMIN_LISTEN: "127.0.0.1:0" });
  for (const url of [api.url, api.adminUrl as string]) {
    const page = await fetch(`${url}/`);
    assert.equal(page.status, 200);
    assert.match(page.headers.get("content-type") ?? "", /^text\/html/);
    assert.match(page.headers.get("content-security-policy") ?? "", /^default-src 'none'/);
    const html = await page.text();
    assert.doesNotMatch(html, /<script|src=|https?:/);
    const links = [...html.matchAll(/href="([^"]+)"/g)].map(([, link = ""]) => link);
    assert.ok(links.includes("/docs") && links.includes("/openapi/svix.json"));
    assert.equal(links.includes("/metrics"), url === api.adminUrl);
    for (const link of links) {
      const { status, body } = await fetch(`${url}${link}`);
      await body?.cancel();
      assert.equal(status, 200, link);
    }
  }
});

function toPattern(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
