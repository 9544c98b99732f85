/**
 * The attacks of F34: clients that never read the responses to their requests. One storage key, without any
 * credential, is requested on 80 connections. An application's key requests the largest pages of events, 60
 * times on a single connection, then on 80.
 */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { openRawSocket } from "../../harness/raw-socket.ts";
import { startReceiver } from "../../harness/receiver.ts";
import { call } from "../../harness/server.ts";
import { eventuallySo } from "../../net/dialect-hooks.ts";
import type { Attack, PreparedAttacks } from "./measure-attacks.ts";

const MIB = 1024 * 1024;
/** The size of the attachment, far above the kernel's buffers of one connection. */
const MEDIA_BYTES = 15 * MIB;
/** A page of events has at most 8 MiB. */
const EVENTS = 8;
const CONNECTIONS = 80;
const PIPELINED = 60;
const LINE = "+12065550134";

/** A server whose store is this SQLite file. It must allow 127.0.0.1. */
export type ServerOfFile = { readonly url: string; readonly storeFile: string };

export async function prepareUnreadAnswers(server: ServerOfFile): Promise<PreparedAttacks<void>> {
  const media = Buffer.alloc(MEDIA_BYTES);
  const origin = await startReceiver((_receipt, response) => response.writeHead(200).end(media), {
    keep: false,
  });
  const { storageKey, key } = await makeHostile(server, origin.url);
  const content = `GET /hostedContent/get?storageKey=${storageKey} HTTP/1.1\r\nHost: x\r\n\r\n`;
  const page =
    `GET /api/v1/app/hostile/msg?limit=250&with_content=true HTTP/1.1\r\nHost: x\r\n` +
    `Authorization: Bearer ${key}\r\n\r\n`;
  for (const request of [content, page]) await assertServed(server, request);
  const attack = (name: string, connections: number, request: string): Attack<void> => ({
    name,
    start: () => startClients(server, connections, request),
  });
  return {
    attacks: [
      attack("80 unread downloads of one storage key", CONNECTIONS, content),
      attack("60 unread pages of events, pipelined", 1, page.repeat(PIPELINED)),
      attack("80 unread pages of events", CONNECTIONS, page),
    ],
    [Symbol.asyncDispose]: () => origin[Symbol.asyncDispose](),
  };
}

async function startClients({ url }: ServerOfFile, connections: number, request: string) {
  await using opened = new AsyncDisposableStack();
  for (let n = 0; n < connections; n += 1) {
    const client = opened.use(await openRawSocket(url));
    client.socket.pause();
    client.write(request);
  }
  const clients = opened.move();
  return { outcome: () => {}, [Symbol.asyncDispose]: () => clients.disposeAsync() };
}

/** The attack must have sent requests to the server. */
async function assertServed({ url }: ServerOfFile, request: string): Promise<void> {
  using client = await openRawSocket(url);
  client.write(request);
  await eventuallySo(() => client.received().length > 4 * MIB, "a client that reads is served");
  assert.equal(client.statuses()[0], 200);
}

/** Creates an application with an attachment, pages of large events, and a key. */
async function makeHostile(
  { url, storeFile }: ServerOfFile,
  mediaUrl: string,
): Promise<{ readonly storageKey: string; readonly key: string }> {
  const made = async (to: string, body: unknown) => {
    const answer = await call(url, "POST", to, body);
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
    using database = new DatabaseSync(storeFile, { readOnly: true });
    storageKey = database.prepare("SELECT key FROM attachment").get()?.["key"];
    return storageKey !== undefined;
  }, "the picture is an attachment");
  return { storageKey: String(storageKey), key: String(key) };
}
