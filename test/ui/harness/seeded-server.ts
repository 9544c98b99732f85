/**
 * A real server with a small world, made through its own APIs: a conversation with texts both ways, reports and a
 * STOP, and webhooks of four APIs. One receiver works, one answers 503 until its breaker opens, one is asked for
 * nothing because its endpoint is disabled.
 */
import { createNativeClient, callApi } from "../../../demo/native-client.ts";
import type { NativeClient } from "../../../demo/native-client.ts";
import { CONVERSATION, PRACTICE } from "../../../demo/conversation.ts";
import { startReceiver } from "../../harness/receiver.ts";
import { startServer, temporaryFolder, TOKEN } from "../../harness/server.ts";

export type SeededServer = AsyncDisposable & {
  readonly url: string;
  readonly api: NativeClient;
  readonly app: SeededApp;
};
export type SeededApp = {
  readonly id: string;
  readonly uid: string;
  readonly name: string;
  /** Receives everything, and answers 200. */
  readonly healthy: string;
  /** Its Zipwhip webhook of progress reports is behind an open breaker. */
  readonly failing: string;
  readonly paused: string;
  readonly disabled: string;
};

const APP = { uid: "blue-door", name: "The Blue Door" } as const;
const PASSWORD = "correct horse battery";
const SETTINGS = {
  HOOKLINE_EGRESS_ALLOW: "127.0.0.0/8",
  HOOKLINE_HOST: "127.0.0.1",
  // A replay runs until a test has seen it.
  HOOKLINE_REPLAY_RATE: "1",
} as const;
const FAILING_HEADERS = new Map([
  ["x-upstream", "crm-7 overloaded"],
  ["set-cookie", "sid=secret-of-the-receiver"],
]);
const DEADLINE_MS = 20_000;
const LOOK_EVERY_MS = 50;
/** The breaker opens after five failures of several deliveries. */
const MORE_REPORTS = 4;

export async function startSeededServer(
  settings: Readonly<Record<string, string>> = {},
): Promise<SeededServer> {
  await using opened = new AsyncDisposableStack();
  const folder = temporaryFolder();
  opened.defer(() => folder[Symbol.dispose]());
  const receiver = opened.use(
    await startReceiver(({ path }, response) => {
      const isFailing = path.startsWith("/zipwhip");
      if (isFailing) response.setHeaders(FAILING_HEADERS);
      response.writeHead(isFailing ? 503 : 200, { "content-type": "text/plain" });
      response.end(isFailing ? "upstream connect error" : "ok");
    }),
  );
  const server = opened.use(
    await startServer({
      settings: { ...SETTINGS, HOOKLINE_STORE: `sqlite:${folder.path}/hookline.db`, ...settings },
    }),
  );
  const api = createNativeClient(server.url, TOKEN);
  const app = await seed(api, server.url, receiver.url);
  const running = opened.move();
  return { url: server.url, api, app, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

async function seed(api: NativeClient, url: string, receiver: string): Promise<SeededApp> {
  const { id } = (await api.post("/app", APP)) as { readonly id: string };
  const make = async (uid: string, description: string): Promise<string> => {
    const body = { uid, description, url: `${receiver}/${uid}` };
    return String((await api.post(`/app/${id}/endpoint`, body))["id"]);
  };
  const healthy = await make("crm", "The CRM");
  const disabled = await make("archive", "An archive that was given up");
  await change(url, `/app/${id}/endpoint/${disabled}`, { disabled: true });
  const failing = await addZipwhip(api, url, id, receiver);
  const paused = await addSendblue(api, url, id, receiver);
  await addChirp(api, url, id, receiver);
  for (const { eventType, payload } of CONVERSATION) {
    await api.post(`/app/${id}/msg`, { eventType, payload });
  }
  await failReports(api, id);
  await until(
    async () => (await api.get(`/app/${id}/endpoint/${failing}`))["breaker"] !== undefined,
  );
  return { id, ...APP, healthy, failing, paused, disabled };
}

/** A Zipwhip webhook receives one event. Returns the id of the webhook of progress reports. */
async function addZipwhip(
  api: NativeClient,
  url: string,
  app: string,
  receiver: string,
): Promise<string> {
  const login = { username: PRACTICE, password: PASSWORD };
  await api.post(`/app/${app}/line`, { number: PRACTICE, ...login });
  const { response: session } = await callApi(`${url}/user/login`, { method: "POST", form: login });
  for (const event of ["receive", "progress"]) {
    const target = `${receiver}/zipwhip/${event}`;
    const form = { session: String(session), type: "message", event, url: target };
    await callApi(`${url}/webhook/add`, { method: "POST", form });
  }
  return await findEndpoint(api, app, "/zipwhip/progress");
}

async function addSendblue(
  api: NativeClient,
  url: string,
  app: string,
  receiver: string,
): Promise<string> {
  const { keyId, keySecret } = await api.post(`/app/${app}/key`, { kind: "sendblue" });
  const headers = { "sb-api-key-id": String(keyId), "sb-api-secret-key": String(keySecret) };
  const json = { webhooks: [`${receiver}/sendblue`], type: "receive", globalSecret: PASSWORD };
  await callApi(`${url}/api/account/webhooks`, { method: "POST", headers, json });
  return await findEndpoint(api, app, "/sendblue");
}

async function addChirp(
  api: NativeClient,
  url: string,
  app: string,
  receiver: string,
): Promise<void> {
  const { key } = await api.post(`/app/${app}/key`, { kind: "app" });
  const json = { url: `${receiver}/chirp`, events: ["messages.sms.received", "messages.sms.sent"] };
  const headers = { authorization: `Bearer ${String(key)}` };
  await callApi(`${url}/v1/webhooks`, { method: "POST", headers, json });
}

async function findEndpoint(api: NativeClient, app: string, ending: string): Promise<string> {
  const { data } = (await api.get(`/app/${app}/endpoint`)) as {
    readonly data: readonly { readonly id: string; readonly url: string }[];
  };
  const found = data.find(({ url }) => url.endsWith(ending));
  if (found === undefined) throw new Error(`there is no endpoint at ${ending}`);
  return found.id;
}

async function failReports(api: NativeClient, app: string): Promise<void> {
  for (let index = 0; index < MORE_REPORTS; index += 1) {
    const id = `m-1${index}`;
    const text = { id, channel: "sms", from: PRACTICE, to: "+12065550188", text: "Reminder" };
    await api.post(`/app/${app}/msg`, { eventType: "message.sent", payload: { message: text } });
    const report = { id, status: "delivered_to_handset" };
    await api.post(`/app/${app}/msg`, {
      eventType: "message.progress",
      payload: { message: report },
    });
  }
}

async function change(url: string, path: string, body: object): Promise<void> {
  const response = await fetch(`${url}/api/v1${path}`, {
    method: "PATCH",
    headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`PATCH ${path} answered ${response.status}`);
}

/** Looks until the condition holds; fails at a deadline. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not true after ${DEADLINE_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
