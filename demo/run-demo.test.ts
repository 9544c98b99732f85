import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { test } from "node:test";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";

const PROGRAM = fileURLToPath(new URL("../src/main.ts", import.meta.url));

test("the demo plays one conversation into all four APIs and accounts for every delivery", async () => {
  const demo = spawn(process.execPath, [PROGRAM, "demo", "--speed", "20"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [output, problems, [exitCode]] = await Promise.all([
    text(demo.stdout),
    text(demo.stderr),
    once(demo, "exit"),
  ]);
  assert.equal(exitCode, 0, problems);
  assert.equal(problems, "");
  assert.equal(output, stripVTControlCharacters(output), "no colours where there is no terminal");

  const shapes = [
    /message\.received message\/receive {4}receive {13}messages\.sms\.received/,
    /message\.sent {5}message\/send {7}outbound REGISTERED –/,
    /message\.progress message\/progress 4 outbound SENT {7}messages\.sms\.sent/,
    /message\.progress message\/progress 6 outbound DELIVERED {2}messages\.sms\.delivered/,
    /optout\.changed {3}optout\/change STOP –/,
  ];
  for (const shape of shapes) assert.match(output, shape);
  assert.match(output, /Sendblue receive +✗ 503 {2}1 /);
  assert.match(output, /Sendblue receive +✗ 503 {2}2 /);
  assert.match(output, /Sendblue receive +✓ 200 {2}3 .* recovered /);
  assert.match(output, /\/left\.jpg/);
  assert.match(output, /\/right\.jpg/);

  assert.match(output, /native +12 delivered in 12 attempts .* 12 signatures verified/);
  assert.match(output, /Zipwhip +12 delivered in 12 attempts .* nothing to verify/);
  assert.match(output, /Sendblue +12 delivered in 14 attempts .* 14 secrets verified/);
  assert.match(output, /Chirp +8 delivered in 8 attempts .* 8 headers verified/);
  assert.match(output, /app_\w+ +44 +44 +0 +0 +0 +0 +0\n +✓ created = delivered/);
});

test("a demo that stays prints a link that signs in once, and Ctrl-C ends it with 0", async () => {
  const demo = spawn(process.execPath, [PROGRAM, "demo", "--stay", "--speed", "100"], {
    env: { ...process.env, HOOKLINE_PORT: "0" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    let output = "";
    demo.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    const exit = once(demo, "exit");
    const ended = exit.then(() => assert.fail(`it ended: ${output}`));
    while (!output.includes("Ctrl-C ends the demo and deletes its data.")) {
      await Promise.race([once(demo.stdout, "data"), ended]);
    }
    const [link = ""] = /http:\S+#key=\w+/.exec(output) ?? [];
    const { origin, hash } = new URL(link);
    const signIn = () =>
      fetch(`${origin}/dashboard/session`, {
        method: "POST",
        headers: { "x-hookline-ui": "1" },
        body: JSON.stringify({ key: hash.replace("#key=", "") }),
      });
    assert.equal((await signIn()).status, 200);
    assert.equal((await signIn()).status, 401);
    ended.catch(() => undefined);
    demo.kill("SIGINT");
    assert.deepEqual(await exit, [0, null]);
    await assert.rejects(fetch(origin), "the server has ended");
  } finally {
    demo.kill("SIGTERM");
  }
});

test("a demo that stays refuses a port that is taken, and starts nothing", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;
  const demo = spawn(process.execPath, [PROGRAM, "demo", "--stay"], {
    env: { ...process.env, HOOKLINE_PORT: String(port) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [output, problems, [exitCode]] = await Promise.all([
    text(demo.stdout),
    text(demo.stderr),
    once(demo, "exit"),
  ]);
  other.close();
  assert.equal(exitCode, 1);
  assert.match(problems, new RegExp(`already listens on 127.0.0.1:${port}.*HOOKLINE_PORT`));
  assert.equal(problems.trim().split("\n").length, 1, problems);
  assert.equal(output, "");
});
