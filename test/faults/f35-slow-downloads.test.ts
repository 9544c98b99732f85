/**
 * F35, for I4 and I5: 264 downloads of one application's pictures, whose origin never ends them; the
 * clients of eight have gone. Another application's pictures are had as before, and its publishes too.
 */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { copyProgram, type Edit } from "../harness/patched-program.ts";
import { openRawSocket, type RawSocket } from "../harness/raw-socket.ts";
import { startReceiver } from "../harness/receiver.ts";
import { call, startServer, temporaryFolder, type ServerProcess } from "../harness/server.ts";
import { eventuallySo } from "../net/dialect-hooks.ts";
import { openReceiver } from "../net/receiver.ts";
import {
  assertUnharmed,
  residentBytes,
  startVictim,
  UNHARMED_MS,
  victimText,
} from "./harness/victim.ts";

const GONE = 8;
const DOWNLOADS = 264;
const PUBLISHES = 100;
/** Of the victim's pictures, one after the other. */
const PICTURES = 20;
const TIMES_SLOWER = 4;

/** Eight for everyone, as many of them for one application, and kept when the client goes. */
const UNBOUNDED: readonly Edit[] = [
  { file: "src/operations/download-slots.ts", from: "perApp: 4,", to: "perApp: 4000," },
  { file: "src/operations/download-slots.ts", from: "perOrigin: 16,", to: "perOrigin: 4000," },
  { file: "src/operations/download-slots.ts", from: "inAll: 64,", to: "inAll: 8," },
];

test("F35 downloads that never end keep no other application waiting", async (t) => {
  const { figures, before, during } = await attacked();
  t.diagnostic(victimText(figures));
  t.diagnostic(`longest download: before ${before.longestMs} ms, during ${during.longestMs} ms`);
  assertUnharmed(figures);
  assert.equal(during.served, PICTURES);
  assert.ok(during.longestMs <= Math.max(TIMES_SLOWER * before.longestMs, UNHARMED_MS));
});

test("F35 control: with slots that one application may fill, the others get no picture", async (t) => {
  using copy = temporaryFolder();
  const { before, during } = await attacked(copyProgram(copy.path, UNBOUNDED), 1);
  t.diagnostic(`longest download: before ${before.longestMs} ms, during ${during.longestMs} ms`);
  assert.equal(before.served, PICTURES);
  assert.equal(during.served, 0);
});

async function attacked(program?: string, pictures = PICTURES) {
  using folder = temporaryFolder();
  await using endless = await openReceiver((socket) => {
    socket.on("data", () => socket.write("HTTP/1.1 200 OK\r\n\r\n"));
  });
  await using fast = await startReceiver((_receipt, response) => response.end("picture"));
  const path = `${folder.path}/hookline.db`;
  await using server = await startServer({
    settings: { HOOKLINE_STORE: `sqlite:${path}`, HOOKLINE_EGRESS_ALLOW: "127.0.0.1/32" },
    ...(program === undefined ? {} : { program }),
  });
  const hostile = await makeBatch(server, path, { app: "hostile", url: endless.url });
  const own = await makeBatch(server, path, { app: "tenant", url: fast.url });
  await using victim = await startVictim(server, { app: "victim" });
  await victim.round(PUBLISHES);
  const before = await download(server, own, PICTURES);
  const roundBefore = await victim.round(PUBLISHES);
  const residentBefore = residentBytes(server);

  await using clients = new AsyncDisposableStack();
  const open = async (): Promise<RawSocket> => {
    const client = clients.use(await openRawSocket(server.url));
    client.write(`GET ${hostile} HTTP/1.1\r\nHost: x\r\n\r\n`);
    return client;
  };
  const gone = await Promise.all(Array.from({ length: GONE }, open));
  for (const client of gone) client.socket.destroy();
  await Promise.all(Array.from({ length: DOWNLOADS - GONE }, open));
  const during = await download(server, own, pictures);
  const roundDuring = await victim.round(PUBLISHES);
  const residentDuring = residentBytes(server);
  const rounds = { before: roundBefore, during: roundDuring };
  return { figures: { ...rounds, residentBefore, residentDuring }, before, during };
}

/** How many were had, and how long the longest took. */
async function download({ url }: ServerProcess, path: string, count: number) {
  let served = 0;
  let longestMs = 0;
  for (let n = 0; n < count; n += 1) {
    const startedAt = performance.now();
    const text = await (await fetch(url + path)).text();
    longestMs = Math.max(longestMs, Math.round(performance.now() - startedAt));
    if (text === "picture") served += 1;
  }
  return { served, longestMs };
}

/** An application with a picture; gives the path that its bytes are had at. */
async function makeBatch(
  { url: server }: ServerProcess,
  path: string,
  { app, url }: { readonly app: string; readonly url: string },
): Promise<string> {
  const made = async (to: string, body: unknown) => {
    const answer = await call(server, "POST", to, body);
    assert.ok(answer.status < 300, JSON.stringify(answer.body));
  };
  await made("/app", { name: app, uid: app });
  const message = {
    id: "m-1",
    channel: "mms",
    from: "+12065550188",
    to: "+12065550135",
    text: "",
    media: [{ url, contentType: "image/png" }],
  };
  await made(`/app/${app}/msg`, { eventType: "message.received", payload: { message } });
  let key: unknown;
  await eventuallySo(() => {
    using database = new DatabaseSync(path, { readOnly: true });
    key = database.prepare("SELECT key FROM attachment WHERE url = ?").get(url)?.["key"];
    return key !== undefined;
  }, "the picture is an attachment");
  return `/hostedContent/get?storageKey=${String(key)}`;
}
