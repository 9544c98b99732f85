/** The targets of schemathesis: each document with a credential and existing ids. */
import assert from "node:assert/strict";
import { createDialects } from "../src/dialects/list.ts";
import { ADMIN_TOKEN } from "../test/harness/native-api.ts";
import type { NativeApi } from "../test/harness/native-api.ts";
import { startReceiver } from "../test/harness/receiver.ts";
import { openZipwhipLine } from "../test/harness/zipwhip-line.ts";

export type Target = {
  readonly name: string;
  readonly operations: number;
  /** Credentials by the security scheme of the document, in schemathesis's words. */
  readonly auth: Readonly<Record<string, readonly ["bearer" | "api_key", string]>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly ids: Readonly<Record<string, string>>;
  /** Operations that make the ids or the credential invalid. */
  readonly ending: readonly string[];
};

type Opened = Omit<Target, "name" | "operations">;

const LINE = "+12065550177";
const CONTACT = "+12065550188";

export async function openTargets(api: NativeApi): Promise<readonly Target[]> {
  const opened: Readonly<Record<string, Opened>> = {
    svix: await openSvix(api),
    zipwhip: await openZipwhip(api),
    sendblue: await openSendblue(api),
    chirp: await openChirp(api),
  };
  const dialects = createDialects({ zipwhipErrorStatus: "200", zipwhipUserAgent: "hookline" });
  return dialects.map(({ name, document }) => {
    const operations = document.calls.flatMap(({ methods }) => methods).length;
    const target = opened[name];
    assert.ok(target, `there is no operation in ${name}`);
    return { name, operations, ...target };
  });
}

async function openSvix(api: NativeApi): Promise<Opened> {
  const { svix } = api;
  const app = await svix.application.create({ name: "The Blue Door" });
  const endpoint = await svix.endpoint.create(app.id, { url: "https://hooks.example/" });
  const message = await svix.message.create(app.id, textFrom("m-1"));
  return {
    auth: { bearer: ["bearer", ADMIN_TOKEN] },
    headers: {},
    ids: {
      "path.app": app.id,
      "path.endpoint": endpoint.id,
      "path.msg": message.id,
      "path.name": "message.sent",
    },
    ending: ["deleteApplication", "deleteEndpoint", "deleteEventType", "expungeMessage"],
  };
}

/** The text is too long for a body, because the attachment then has a separate key. */
async function openZipwhip(api: NativeApi): Promise<Opened> {
  const { id: app } = await api.svix.application.create({ name: "The Red Door" });
  const line = await openZipwhipLine(api, { app, number: LINE });
  await using receiver = await startReceiver();
  const hook = { type: "message", event: "receive", url: receiver.url };
  const added = (await line.done("/webhook/add", hook)) as readonly {
    readonly webhookId: number;
  }[];
  await api.svix.message.create(app, textFrom("m-1", "table ".repeat(200)));
  await receiver.until(() => receiver.receipts.length > 0);
  const [, message] = /"id":\s*(\d+)/.exec(receiver.receipts[0]?.body ?? "") ?? [];
  assert.ok(message);
  const attachments = (await line.done("/messageAttachment/list", {
    messageId: message,
  })) as readonly { readonly storageKey: string }[];
  return {
    auth: { session: ["api_key", line.session] },
    headers: {},
    ids: {
      "query.id": message,
      "query.message": message,
      "query.messages": message,
      "query.messageId": message,
      "query.webhookId": String(added[0]?.webhookId),
      "query.storageKey": attachments[0]?.storageKey ?? "",
    },
    ending: ["logoutGet", "logoutPost", "deleteWebhookGet"],
  };
}

async function openSendblue(api: NativeApi): Promise<Opened> {
  const { id: app } = await api.svix.application.create({ name: "The Green Door" });
  const { keyId, keySecret } = await createKey(api, app, "sendblue");
  return {
    auth: {},
    headers: { "sb-api-key-id": keyId ?? "", "sb-api-secret-key": keySecret ?? "" },
    ids: {},
    ending: [],
  };
}

/** A test key, since only those may use the playground. */
async function openChirp(api: NativeApi): Promise<Opened> {
  const made = await api.call("POST", "/app", { body: { name: "The Yellow Door", test: true } });
  const { id: app } = made.body as { readonly id: string };
  const { key } = await createKey(api, app, "app");
  assert.ok(key);
  const webhook = await fetch(`${api.url}/v1/webhooks`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ url: "https://hooks.example/", events: ["messages.sms.received"] }),
  });
  const { id } = (await webhook.json()) as { readonly id?: string };
  assert.ok(id, `creating a webhook was answered with ${webhook.status}`);
  return {
    auth: { appKey: ["bearer", key] },
    headers: {},
    ids: { "path.webhookId": id },
    ending: ["deleteWebhook"],
  };
}

async function createKey(
  api: NativeApi,
  app: string,
  kind: string,
): Promise<Readonly<Record<string, string | undefined>>> {
  const made = await api.call("POST", `/app/${app}/key`, { body: { kind } });
  assert.equal(made.status, 201, made.text);
  return made.body as Readonly<Record<string, string>>;
}

function textFrom(id: string, text = "Is my table ready?") {
  const message = { id, channel: "sms", from: CONTACT, to: LINE, text };
  return { eventType: "message.received", payload: { message } };
}
