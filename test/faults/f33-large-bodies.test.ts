/**
 * F33, for I4: an app publishes batches of 8 MiB that are costly to read, without a pause. Each has a
 * 64-bit integer among hundreds of thousands of values, and a last event that is refused, so that
 * nothing is stored and only reading counts. The victim's publishes and deliveries go on as before.
 */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { copyProgram } from "../harness/patched-program.ts";
import { call, startServer, temporaryFolder } from "../harness/server.ts";
import type { ServerProcess } from "../harness/server.ts";
import { makeDatabase } from "../postgres/databases.ts";
import { startAttack } from "./harness/attack.ts";
import { pickLength } from "./harness/length.ts";
import { assertUnharmed, residentBytes, startVictim, victimText } from "./harness/victim.ts";

const PUBLISHES = pickLength({ short: 50, long: 1500 });
const SECRET_KEY = Buffer.alloc(32, 9).toString("base64");
/** As many as one app may have under way. */
const CONNECTIONS = 3;
const EVENT_BYTES = 1_040_000;

/** Eight events of lists, names and numbers; the last one has a field that no message has. */
function costlyBatch(): string {
  const fill = (text: string) => text.repeat(Math.floor(EVENT_BYTES / text.length));
  const payloads = [
    `{"id":9007199254740993,"a":[${fill("0,")}0]}`,
    `{"a":[${fill("[],")}0]}`,
    `{"a":[${fill('{"a":0},')}0]}`,
    `{"a":[${fill("12345678901234567,")}0]}`,
    `{"a":"${fill("\\u0041")}"}`,
    `{${fill('"a":{},')}"a":0}`,
    `{"a":[${fill("1.5e3,")}0]}`,
    `{"a":0}`,
  ];
  const events = payloads.map((payload) => `{"eventType":"costly.event","payload":${payload}}`);
  return `[${events.join(",").slice(0, -1)},"unknown":0}]`;
}

async function attacked(t: TestContext, server: ServerProcess) {
  await using victim = await startVictim(server, { app: "victim" });
  await call(server.url, "POST", "/app", { name: "Attacker", uid: "attacker" });
  const { body } = await call(server.url, "POST", "/app/attacker/key", { kind: "publish" });
  await victim.round(20);
  const before = await victim.round(PUBLISHES);
  const residentBefore = residentBytes(server);
  let residentDuring = residentBefore;
  const sampling = setInterval(() => {
    residentDuring = Math.max(residentDuring, residentBytes(server));
  }, 50);
  await using attack = await startAttack({
    url: server.url,
    connections: CONNECTIONS,
    requests: [
      {
        method: "POST",
        path: "/api/v1/app/attacker/msg/batch",
        headers: {
          authorization: `Bearer ${String(body["key"])}`,
          "content-type": "application/json",
        },
        body: costlyBatch(),
      },
    ],
  });
  const during = await victim.round(PUBLISHES).finally(() => clearInterval(sampling));
  const figures = { before, during, residentBefore, residentDuring };
  t.diagnostic(`${victimText(figures)}; attack: ${JSON.stringify(attack.answers())}`);
  return { figures, answers: attack.answers() };
}

for (const store of ["sqlite", "postgres"] as const) {
  test(`F33 costly batches of one app leave the others unharmed, on ${store}`, async (t) => {
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
    assert.deepEqual(Object.keys(answers), ["422"], JSON.stringify(answers));
    assert.ok((answers["422"] ?? 0) > 0, "the attack was served as well");
  });
}

test("F33 control: a batch that is parsed in one go with a reviver harms the victim", async (t) => {
  using folder = temporaryFolder();
  using copy = temporaryFolder();
  const program = copyProgram(copy.path, [
    {
      file: "src/dialects/svix/batch.ts",
      from: "const given = {",
      to: "JSON.parse(bytes.toString(), (_name, value: unknown) => value);\n    const given = {",
    },
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
