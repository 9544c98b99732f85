/**
 * F37, for I4: a stranger without a credential asks for whatever costs the most: bodies full of
 * parameters at Zipwhip's paths, which are read before anybody is known, megabytes elsewhere, the
 * documents, the metrics and the health. The victim's publishes and deliveries go on as before.
 */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { copyProgram } from "../harness/patched-program.ts";
import { startServer, temporaryFolder } from "../harness/server.ts";
import type { ServerProcess } from "../harness/server.ts";
import { makeDatabase } from "../postgres/databases.ts";
import { startAttack } from "./harness/attack.ts";
import type { AttackRequest } from "./harness/attack.ts";
import { pickLength } from "./harness/length.ts";
import { assertUnharmed, residentBytes, startVictim, victimText } from "./harness/victim.ts";

const PUBLISHES = pickLength({ short: 50, long: 1500 });
const SECRET_KEY = Buffer.alloc(32, 9).toString("base64");
const PER_SECOND = 100;
const FORM = { "content-type": "application/x-www-form-urlencoded" };
const JSON_TYPE = { "content-type": "application/json" };
const PART = '--b\r\ncontent-disposition: form-data; name="id"\r\n\r\n1\r\n';

function form(bytes: number): string {
  return "a&".repeat(bytes / 2);
}

const REQUESTS: readonly AttackRequest[] = [
  ...["/message/read", "/webhook/add", "/user/login", "/messageAttachment/list"].map((path) => ({
    method: "POST",
    path,
    headers: FORM,
    body: form(64 * 1024),
  })),
  { method: "POST", path: "/message/delete", headers: FORM, body: form(16 * 1024) },
  {
    method: "POST",
    path: "/message/read",
    headers: { "content-type": "multipart/form-data; boundary=b" },
    body: `${PART.repeat(250)}--b--`,
  },
  { method: "POST", path: "/webhook/list", headers: JSON_TYPE, body: `[${"[],".repeat(5000)}0]` },
  {
    method: "POST",
    path: "/api/v1/app/a/msg/batch",
    headers: JSON_TYPE,
    body: "0".repeat(2 ** 20),
  },
  { method: "POST", path: "/no/such/call", headers: JSON_TYPE, body: "0".repeat(2 ** 20) },
  { method: "GET", path: "/openapi/svix.json" },
  { method: "GET", path: "/metrics" },
  { method: "GET", path: "/health" },
];

async function attacked(t: TestContext, server: ServerProcess) {
  await using victim = await startVictim(server, { app: "victim" });
  await victim.round(20);
  const before = await victim.round(PUBLISHES);
  const residentBefore = residentBytes(server);
  let residentDuring = residentBefore;
  const sampling = setInterval(() => {
    residentDuring = Math.max(residentDuring, residentBytes(server));
  }, 50);
  await using attack = await startAttack({
    url: server.url,
    connections: 16,
    perSecond: PER_SECOND,
    requests: REQUESTS,
  });
  const during = await victim.round(PUBLISHES).finally(() => clearInterval(sampling));
  const figures = { before, during, residentBefore, residentDuring };
  t.diagnostic(`${victimText(figures)}; attack: ${JSON.stringify(attack.answers())}`);
  return { figures, answers: attack.answers() };
}

for (const store of ["sqlite", "postgres"] as const) {
  test(`F37 a stranger's requests leave the applications unharmed, on ${store}`, async (t) => {
    using folder = temporaryFolder();
    await using database = store === "sqlite" ? null : await makeDatabase();
    await using server = await startServer({
      settings: {
        HOOKLINE_STORE: database?.url ?? `sqlite:${folder.path}/hookline.db`,
        HOOKLINE_SECRET_KEY: SECRET_KEY,
        HOOKLINE_EGRESS_ALLOW: "127.0.0.1/32",
      },
    });
    const { figures, answers } = await attacked(t, server);
    assertUnharmed(figures);
    assert.ok((answers["200"] ?? 0) > 0, JSON.stringify(answers));
  });
}

test("F37 control: 64 KiB of parameters, read before anybody is known, harm the victim", async (t) => {
  using folder = temporaryFolder();
  using copy = temporaryFolder();
  const program = copyProgram(copy.path, [
    { file: "src/dialects/zipwhip/call-route.ts", from: "16 * 1024", to: "64 * 1024" },
    { file: "src/dialects/zipwhip/user.ts", from: "= 4 * 1024", to: "= 64 * 1024" },
    { file: "src/dialects/zipwhip/read-pairs.ts", from: "= 320", to: "= 1_000_000" },
  ]);
  await using server = await startServer({
    program,
    settings: {
      HOOKLINE_STORE: `sqlite:${folder.path}/hookline.db`,
      HOOKLINE_EGRESS_ALLOW: "127.0.0.1/32",
    },
  });
  const { figures } = await attacked(t, server);
  assert.throws(() => assertUnharmed(figures), /publishes (became slow|were refused)/);
});
