/**
 * An app whose every field that a page shows is hostile, where the API accepts such a value. The others are the
 * refusals, which the test compares with its list.
 */
import { callApi } from "../../../demo/native-client.ts";
import { startReceiver } from "../../harness/receiver.ts";
import { TOKEN } from "../../harness/server.ts";
import type { PageParams } from "./listed-pages.ts";
import { ADDRESS, LONG, MARKUP, REVERSED, SCRIPT_URL, SHORT, toWord } from "./hostile-values.ts";
import type { SeededServer } from "./seeded-server.ts";

export type HostileWorld = AsyncDisposable & {
  readonly params: PageParams;
  /** The names of the fields that the API refuses to fill so. */
  readonly refused: readonly string[];
};

const UID = "hostile";
const TYPE = "hostile.custom";
const WORD_BYTES = 100_000;
const DEADLINE_MS = 20_000;
const LOOK_EVERY_MS = 50;

export async function seedHostile(server: SeededServer): Promise<HostileWorld> {
  const { api } = server;
  await using opened = new AsyncDisposableStack();
  const receiver = opened.use(
    await startReceiver(({ path }, response) => {
      const headers = { "content-type": "text/html", "x-hostile": MARKUP, link: `<${SCRIPT_URL}>` };
      response.writeHead(path.startsWith("/failing") ? 503 : 200, headers).end(LONG);
    }),
  );
  const name = `${SHORT.slice(0, -REVERSED.length)}${toWord(120)}${REVERSED}`;
  const { id } = await api.post("/app", {
    uid: UID,
    name,
    metadata: { [MARKUP]: LONG.slice(-500) },
  });
  const app = String(id);
  await api.post("/event-type", { name: TYPE, description: LONG, schemas: { 1: toSchema() } });
  const target = `${receiver.url}/failing/${MARKUP}?a=${SCRIPT_URL}&b='"${toWord(500)}`;
  const endpoint = await addEndpoint(api, app, {
    url: encodeURI(target),
    description: LONG,
    metadata: { hostile: LONG.slice(-500) },
    headers: { "x-hostile": MARKUP },
  });
  await addEndpoint(api, app, { url: `${receiver.url}/a`, description: toWord(4_096) });
  await addEndpoint(api, app, { url: `${receiver.url}/b`, description: REVERSED, tags: [SHORT] });
  const refused = await findRefused(server, app, receiver.url);
  await api.post("/operator-key", { name: SHORT.slice(-100), role: "viewer" });
  await api.post(`/app/${app}/msg`, toCustomMessage());
  const text = await api.post(`/app/${app}/msg`, toTextMessage());
  await attemptsOf(server, `/app/${app}/attempt/msg/${String(text["id"])}`);
  const running = opened.move();
  return {
    params: { app, endpoint, event: String(text["id"]), text: toTextId(), type: TYPE },
    refused,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

type Api = SeededServer["api"];

async function addEndpoint(api: Api, app: string, body: object): Promise<string> {
  return String((await api.post(`/app/${app}/endpoint`, body))["id"]);
}

function toSchema(): object {
  return {
    type: "object",
    title: MARKUP,
    description: LONG,
    properties: { [SHORT]: { type: "string", description: LONG, enum: [LONG] } },
    examples: [{ [SHORT]: LONG }],
    example: { [SHORT]: LONG },
  };
}

function toTextId(): string {
  return `${MARKUP.slice(0, 60)}${REVERSED}`;
}

function toTextMessage(): object {
  const message = {
    id: toTextId(),
    channel: "mms",
    from: ADDRESS,
    to: "+12065550142",
    text: `${toWord(5_000)} ${LONG}`,
    media: [{ url: "https://evil.example/<script>", contentType: "image/png" }],
  };
  return {
    eventType: "message.received",
    tags: [SHORT, `second ${REVERSED}`],
    payload: { message },
  };
}

function toCustomMessage(): object {
  const payload = {
    [MARKUP]: LONG,
    word: toWord(WORD_BYTES),
    [toWord(300)]: { [REVERSED]: [SCRIPT_URL, REVERSED, null, { ["__proto__"]: MARKUP }] },
    url: SCRIPT_URL,
  };
  return { eventType: TYPE, tags: [SHORT], payload };
}

/** Tries each field that has a form, and returns the names of those that were refused. */
async function findRefused(
  server: SeededServer,
  app: string,
  receiver: string,
): Promise<readonly string[]> {
  const url = `${receiver}/other`;
  const at = `/app/${app}`;
  const message = { id: "other", channel: "sms", from: "+12065550188", to: "+12065550142" };
  const text = (change: object) => ({
    eventType: "message.received",
    payload: { message: { ...message, text: "Hi", ...change } },
  });
  const tries: readonly (readonly [string, string, object])[] = [
    ["app.uid", "/app", { name: "Other", uid: MARKUP }],
    ["eventType.name", "/event-type", { name: MARKUP, description: "x" }],
    ["eventType.groupName", "/event-type", { name: "x", description: "x", groupName: MARKUP }],
    [
      "eventType.featureFlags",
      "/event-type",
      { name: "x", description: "", featureFlags: [MARKUP] },
    ],
    ["endpoint.uid", `${at}/endpoint`, { url, uid: MARKUP }],
    ["endpoint.url of a script", `${at}/endpoint`, { url: SCRIPT_URL }],
    ["endpoint.url with controls", `${at}/endpoint`, { url: `${url}/${REVERSED}` }],
    ["endpoint.channels", `${at}/endpoint`, { url, channels: [MARKUP] }],
    ["endpoint.eventTypes", `${at}/endpoint`, { url, eventTypes: [MARKUP] }],
    ["endpoint.header name", `${at}/endpoint`, { url, headers: { [MARKUP]: "x" } }],
    ["endpoint.header value", `${at}/endpoint`, { url, headers: { "x-a": REVERSED } }],
    ["message.eventType", `${at}/msg`, { eventType: MARKUP, payload: {} }],
    ["message.eventId", `${at}/msg`, { eventType: TYPE, eventId: MARKUP, payload: {} }],
    ["message.orderingKey", `${at}/msg`, { eventType: TYPE, orderingKey: MARKUP, payload: {} }],
    ["message.channels", `${at}/msg`, { eventType: TYPE, channels: [MARKUP], payload: {} }],
    ["text.channel", `${at}/msg`, text({ channel: MARKUP })],
    ["text.to as a number", `${at}/msg`, text({ to: MARKUP })],
    ["text.media of a script", `${at}/msg`, text({ media: [{ url: SCRIPT_URL }] })],
    [
      "text.status",
      `${at}/msg`,
      { eventType: "message.progress", payload: { message: { id: "x", status: MARKUP } } },
    ],
    ["a field of a publish", `${at}/msg`, { eventType: TYPE, payload: {}, [SHORT]: 1 }],
  ];
  const refused: string[] = [];
  for (const [name, path, json] of tries) {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const call = callApi(`${server.url}/api/v1${path}`, { method: "POST", headers, json });
    const isRefused = await call.then(
      () => false,
      (error: unknown) => /answered 4\d\d/.test(String(error)),
    );
    if (isRefused) refused.push(name);
  }
  return refused;
}

async function attemptsOf({ api }: SeededServer, path: string): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    const { data } = (await api.get(path)) as { readonly data: readonly unknown[] };
    if (data.length > 2) return;
    if (performance.now() > deadline) throw new Error(`${path} has ${data.length} attempts`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
