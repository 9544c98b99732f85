/**
 * F34, for I4 and I5: clients that never read what they asked for. One storage key, without any
 * credential, is asked for on 80 connections, then 60 times on a single one; then an application's
 * own key asks for the largest pages of events on 80. The victim notices nothing, and memory holds.
 */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { copyProgram, type Edit } from "../harness/patched-program.ts";
import { openRawSocket } from "../harness/raw-socket.ts";
import { startReceiver } from "../harness/receiver.ts";
import { call, startServer, temporaryFolder, type ServerProcess } from "../harness/server.ts";
import { eventuallySo } from "../net/dialect-hooks.ts";
import {
  assertUnharmed,
  residentBytes,
  startVictim,
  victimText,
  type Victim,
} from "./harness/victim.ts";

const MIB = 1024 * 1024;
/** Far more than the kernel's buffers of one connection. */
const MEDIA_BYTES = 15 * MIB;
/** A page of events has at most 8 MiB. */
const EVENTS = 8;
const CONNECTIONS = 80;
const PIPELINED = 60;
const PUBLISHES = 100;
const LINE = "+12065550134";

/** As many downloads and bytes as anybody asks for, all at once on each connection. */
const UNBOUNDED: readonly Edit[] = [
  { file: "src/operations/download-slots.ts", from: "perApp: 4,", to: "perApp: 4000," },
  { file: "src/operations/download-slots.ts", from: "inAll: 64,", to: "inAll: 4000," },
  { file: "src/http/limit-answers.ts", from: "perCaller: 16 *", to: "perCaller: 16_000 *" },
  { file: "src/http/limit-answers.ts", from: "inAll: 64 *", to: "inAll: 64_000 *" },
  { file: "src/http/limit-answers.ts", from: "atOnce: ", to: "atOnce: 1000 + " },
  // Media whole in memory, as a program holds them that does not stream.
  {
    file: "src/dialects/zipwhip/attachment.ts",
    from: "Readable ? content :",
    to: 'Readable ? await (await import("node:stream/consumers")).buffer(content) :',
  },
];

type Attack = {
  readonly name: string;
  readonly connections: number;
  readonly request: (hostile: Hostile) => string;
};

type Hostile = { readonly storageKey: string; readonly key: string };

const content = ({ storageKey }: Hostile): string =>
  `GET /hostedContent/get?storageKey=${storageKey} HTTP/1.1\r\nHost: x\r\n\r\n`;
const page = ({ key }: Hostile): string =>
  `GET /api/v1/app/hostile/msg?limit=250&with_content=true HTTP/1.1\r\nHost: x\r\n` +
  `Authorization: Bearer ${key}\r\n\r\n`;

const ATTACKS: readonly Attack[] = [
  { name: "80 connections, one storage key", connections: CONNECTIONS, request: content },
  {
    name: "60 requests on one connection",
    connections: 1,
    request: (hostile) => page(hostile).repeat(PIPELINED),
  },
  { name: "80 connections, pages of events", connections: CONNECTIONS, request: page },
];

test("F34 answers that are never read cost another application nothing, and memory holds", async (t) => {
  using folder = temporaryFolder();
  await using world = await openWorld(folder.path);
  for (const attack of ATTACKS) {
    const figures = await world.attacked(attack);
    t.diagnostic(`${attack.name}: ${victimText(figures)}`);
    assertUnharmed(figures);
  }
});

test("F34 control: without the bounds the same answers fill the memory", async (t) => {
  await harmed(t, ATTACKS.slice(0, 2));
});

async function harmed(t: TestContext, attacks: readonly Attack[]): Promise<void> {
  for (const attack of attacks) {
    using folder = temporaryFolder();
    using copy = temporaryFolder();
    await using world = await openWorld(folder.path, copyProgram(copy.path, UNBOUNDED));
    const figures = await world.attacked(attack);
    t.diagnostic(`${attack.name}: ${victimText(figures)}`);
    assert.throws(() => assertUnharmed(figures), /memory grew|became slow|refused|arrive/);
  }
}

async function openWorld(folder: string, program?: string) {
  await using opened = new AsyncDisposableStack();
  const path = `${folder}/hookline.db`;
  const server = opened.use(
    await startServer({
      settings: {
        HOOKLINE_STORE: `sqlite:${path}`,
        HOOKLINE_EGRESS_ALLOW: "127.0.0.1/32",
      },
      ...(program === undefined ? {} : { program }),
    }),
  );
  const origin = opened.use(await startOrigin());
  const hostile = await makeHostile(server, { path, mediaUrl: origin.url });
  const victim = opened.use(await startVictim(server, { app: "victim" }));
  await victim.round(PUBLISHES);
  const resources = opened.move();
  return {
    attacked: (attack: Attack) => attackedBy(attack, { server, victim, hostile }),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

async function attackedBy(
  { connections, request }: Attack,
  p: { readonly server: ServerProcess; readonly victim: Victim; readonly hostile: Hostile },
) {
  const { server, victim, hostile } = p;
  await assertServed(server, request(hostile));
  const before = await victim.round(PUBLISHES);
  const residentBefore = residentBytes(server);
  await using clients = new AsyncDisposableStack();
  for (let n = 0; n < connections; n += 1) {
    const client = clients.use(await openRawSocket(server.url));
    client.socket.pause();
    client.write(request(hostile));
  }
  let residentDuring = 0;
  const sampling = new AbortController();
  const samples = (async () => {
    while (!sampling.signal.aborted) {
      residentDuring = Math.max(residentDuring, residentBytes(server));
      await sleep(50);
    }
  })();
  const during = await victim.round(PUBLISHES);
  sampling.abort();
  await samples;
  return { before, during, residentBefore, residentDuring };
}

/** Otherwise nothing would be asked of the server. */
async function assertServed({ url }: ServerProcess, request: string): Promise<void> {
  using client = await openRawSocket(url);
  client.write(request);
  await eventuallySo(() => client.heard().length > 4 * MIB, "a client that reads is served");
  assert.equal(client.statuses()[0], 200);
}

async function startOrigin() {
  const media = Buffer.alloc(MEDIA_BYTES);
  return await startReceiver((_receipt, response) => response.writeHead(200).end(media), {
    keep: false,
  });
}

/** An application with an attachment, pages of large events, and a key of its own. */
async function makeHostile(
  server: ServerProcess,
  { path, mediaUrl }: { readonly path: string; readonly mediaUrl: string },
): Promise<Hostile> {
  const made = async (to: string, body: unknown) => {
    const answer = await call(server.url, "POST", to, body);
    assert.ok(answer.status < 300, JSON.stringify(answer.body));
    return answer.body;
  };
  await made("/app", { name: "Hostile", uid: "hostile" });
  const { key } = await made("/app/hostile/key", { kind: "manage" });
  await made("/app/hostile/line", {
    number: LINE,
    username: LINE,
    password: "correct horse",
  });
  const message = {
    id: "m-1",
    channel: "mms",
    from: "+12065550188",
    to: LINE,
    text: "",
    media: [{ url: mediaUrl, contentType: "image/png" }],
  };
  await made("/app/hostile/msg", { eventType: "message.received", payload: { message } });
  for (let n = 0; n < EVENTS; n += 1) {
    const payload = { text: "x".repeat(MIB - 4096) };
    await made("/app/hostile/msg", { eventType: "large.event", payload });
  }
  let storageKey: unknown;
  await eventuallySo(() => {
    using database = new DatabaseSync(path, { readOnly: true });
    storageKey = database.prepare("SELECT key FROM attachment").get()?.["key"];
    return storageKey !== undefined;
  }, "the picture is an attachment");
  return { storageKey: String(storageKey), key: String(key) };
}
