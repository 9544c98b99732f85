/** Creates the demo's application and registers each receiver through its API. */
import { randomBytes } from "node:crypto";
import { PRACTICE } from "./conversation.ts";
import { callApi, type NativeClient } from "./native-client.ts";
import { CHIRP_HEADER, type Receiver, type SharedSecrets } from "./receiver.ts";

const NATIVE_EVENTS = ["message.received", "message.sent", "message.progress", "optout.changed"];
/** A Zipwhip webhook receives one event. */
const ZIPWHIP_EVENTS = ["message/receive", "message/send", "message/progress", "optout/change"];
const SENDBLUE_TYPES = ["receive", "outbound"];
const CHIRP_EVENTS = ["received", "sent", "delivered", "failed"].map(
  (event) => `messages.sms.${event}`,
);

type Register = {
  readonly api: NativeClient;
  /** Base URL of the server. */
  readonly url: string;
  readonly app: string;
  readonly receiver: Receiver;
};

/** Returns the application's id. From here on the receiver can authenticate webhooks. */
export async function registerWebhooks(
  p: Pick<Register, "api" | "url" | "receiver">,
): Promise<string> {
  const app = String((await p.api.post("/app", { name: "Bright Smile Dental" }))["id"]);
  const register = { ...p, app };
  const secrets: SharedSecrets = {
    svix: await registerNative(register),
    sendblue: await registerSendblue(register),
    chirp: await registerChirp(register),
  };
  await registerZipwhip(register);
  p.receiver.expect(secrets);
  return app;
}

async function registerNative({ api, app, receiver }: Register): Promise<string> {
  const endpoint = await api.post(`/app/${app}/endpoint`, {
    url: `${receiver.url}/svix`,
    eventTypes: NATIVE_EVENTS,
  });
  const { key } = await api.get(`/app/${app}/endpoint/${String(endpoint["id"])}/secret`);
  return String(key);
}

async function registerZipwhip({ api, url, app, receiver }: Register): Promise<void> {
  const password = randomSecret();
  await api.post(`/app/${app}/line`, { number: PRACTICE, username: PRACTICE, password });
  const login = { username: PRACTICE, password };
  const { response } = await callApi(`${url}/user/login`, { method: "POST", form: login });
  for (const name of ZIPWHIP_EVENTS) {
    const [type = "", event = ""] = name.split("/");
    const form = { session: String(response), type, event, url: `${receiver.url}/zipwhip/${name}` };
    await callApi(`${url}/webhook/add`, { method: "POST", form });
  }
}

async function registerSendblue({ api, url, app, receiver }: Register): Promise<string> {
  const { keyId, keySecret } = await api.post(`/app/${app}/key`, { kind: "sendblue" });
  const headers = { "sb-api-key-id": String(keyId), "sb-api-secret-key": String(keySecret) };
  const globalSecret = randomSecret();
  for (const type of SENDBLUE_TYPES) {
    const json = { webhooks: [`${receiver.url}/sendblue/${type}`], type, globalSecret };
    await callApi(`${url}/api/account/webhooks`, { method: "POST", headers, json });
  }
  return globalSecret;
}

async function registerChirp({ api, url, app, receiver }: Register): Promise<string> {
  const { key } = await api.post(`/app/${app}/key`, { kind: "app" });
  const value = randomSecret();
  const json = {
    url: `${receiver.url}/chirp`,
    events: CHIRP_EVENTS,
    headers: { [CHIRP_HEADER]: value },
  };
  const headers = { authorization: `Bearer ${String(key)}` };
  await callApi(`${url}/v1/webhooks`, { method: "POST", headers, json });
  return value;
}

function randomSecret(): string {
  return randomBytes(24).toString("base64url");
}
