/**
 * The attack of F35: 264 downloads of one application's pictures, from an origin that never ends them; eight
 * clients have disconnected. Meanwhile another application's picture is downloaded.
 */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { openRawSocket, type RawSocket } from "../../harness/raw-socket.ts";
import { startReceiver } from "../../harness/receiver.ts";
import { call } from "../../harness/server.ts";
import { eventuallySo } from "../../net/dialect-hooks.ts";
import { openReceiver } from "../../net/receiver.ts";
import type { PreparedAttacks } from "./measure-attacks.ts";
import type { ServerOfFile } from "./unread-answers.ts";

const GONE = 8;
const DOWNLOADS = 264;
/** The number of sequential downloads of the other application's picture. */
export const PICTURES = 20;
/** The download slots of one application. */
const SLOTS = 4;

/** The downloads of the other application's picture, before and during the attack. */
export type Downloads = { readonly before: Downloaded; readonly during: Downloaded };
export type DownloadPlan = {
  /** The number of downloads during the attack. */
  readonly pictures: number;
  /** The number of endless downloads that have reached their origin before the first picture is requested. */
  readonly slots: number;
};
type Downloaded = { readonly served: number; readonly longestMs: number };

export async function prepareEndlessDownloads(
  server: ServerOfFile,
  { pictures, slots }: DownloadPlan = { pictures: PICTURES, slots: SLOTS },
): Promise<PreparedAttacks<Downloads>> {
  await using opened = new AsyncDisposableStack();
  const endless = opened.use(
    await openReceiver((socket) => {
      socket.on("data", () => socket.write("HTTP/1.1 200 OK\r\n\r\n"));
    }),
  );
  const fast = opened.use(
    await startReceiver((_receipt, response) => response.end("picture"), { keep: false }),
  );
  const hostile = await makePicture(server, { app: "hostile", url: endless.url });
  const other = await makePicture(server, { app: "tenant", url: fast.url });
  const before = await download(server, other, PICTURES);

  async function start() {
    await using attack = new AsyncDisposableStack();
    const open = async (): Promise<RawSocket> => {
      const client = attack.use(await openRawSocket(server.url));
      client.write(`GET ${hostile} HTTP/1.1\r\nHost: x\r\n\r\n`);
      return client;
    };
    const gone = await Promise.all(Array.from({ length: GONE }, open));
    for (const client of gone) client.socket.destroy();
    await Promise.all(Array.from({ length: DOWNLOADS - GONE }, open));
    await eventuallySo(() => endless.counts.connections >= slots, "the slots are taken");
    const during = await download(server, other, pictures);
    const clients = attack.move();
    return {
      outcome: () => ({ before, during }),
      [Symbol.asyncDispose]: () => clients.disposeAsync(),
    };
  }
  const receivers = opened.move();
  return {
    attacks: [{ name: "downloads that never end", start }],
    [Symbol.asyncDispose]: () => receivers.disposeAsync(),
  };
}

/** The number of served downloads, and the duration of the longest. */
async function download({ url }: ServerOfFile, path: string, count: number): Promise<Downloaded> {
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

/** Creates an application with a picture. Returns the path of its download. */
async function makePicture(
  { url: server, storeFile }: ServerOfFile,
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
    using database = new DatabaseSync(storeFile, { readOnly: true });
    key = database.prepare("SELECT key FROM attachment WHERE url = ?").get(url)?.["key"];
    return key !== undefined;
  }, "the picture is an attachment");
  return `/hostedContent/get?storageKey=${String(key)}`;
}
