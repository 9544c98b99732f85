/**
 * Every example request of every document is sent to a complete server. The response has a documented status,
 * and its body matches the schema of that status. Every URL in an example is first replaced by one of a
 * receiver on this machine, since the created endpoints get deliveries.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { stringifyJson } from "../../core/json/json.ts";
import type { JsonValue } from "../../core/json/json-value.ts";
import type { ApiCall, ApiMethod } from "../../dialects/api-document.ts";
import type { Dialect } from "../../dialects/dialect.ts";
import { REVEAL_VERB } from "../../operations/audit/reveal.ts";
import { createDialects } from "../../dialects/list.ts";
import {
  ADMIN_TOKEN,
  readText,
  startNativeApi,
  type NativeApi,
} from "../../../test/harness/native-api.ts";
import { startReceiver, type Receiver } from "../../../test/harness/receiver.ts";
import { loginZipwhip, openZipwhipLine } from "../../../test/harness/zipwhip-line.ts";
import { takesBody } from "./openapi-call.ts";
import { toRefusals } from "./refusals.ts";

const DIALECTS = createDialects({
  zipwhipErrorStatus: "200",
  zipwhipUserAgent: "hookline",
});
const ORDER: readonly ApiMethod[] = ["PUT", "POST", "PATCH", "GET", "DELETE"];
const URL_START = /https?:\/\/[\w.-]+(:\d+)?/g;

/** Examples of ids that the server or an operator assigns: no resource has them. */
const REFUSED = [
  "chirp deleteWebhook",
  "chirp getWebhook",
  "chirp updateWebhook",
  "svix assignLineUsername",
  "svix cancelBackgroundTask",
  "svix cancelBackgroundTaskGroup",
  "svix deleteLineLogin",
  "svix deleteOperatorKey",
  "svix exchangePortalLink",
  "svix expungeAttempt",
  "svix getAttempt",
  "svix getBackgroundTask",
  "svix getDeliveryRequest",
  "svix getText",
  "svix logOut",
  "svix revealAttempt",
  "svix revealDeliveryRequest",
  "svix revokeKey",
  "zipwhip deleteMessages",
  "zipwhip deleteWebhook",
  "zipwhip getContent",
  "zipwhip getConversation",
  "zipwhip getMessage",
  "zipwhip listAttachments",
  "zipwhip login",
  "zipwhip readMessages",
  "zipwhip updateWebhook",
];

/** Calls that publish, sign in or count, and those whose example changes nothing. */
const UNRECORDED = [
  "aggregateAppStats",
  "aggregateEventTypes",
  "checkEndpointUrl",
  "chirp.simulateInboundSms",
  "chirp.simulateInboundWhatsapp",
  "createMessage",
  "createMessages",
  "enableEndpoint",
  "exportEnvironment",
  "importOpenApi",
  "precheckMessage",
  "rekey",
  "sendExample",
];
/** At Zipwhip, every call accepts POST. */
const WEBHOOK = /^(?:add|update|delete)Webhook$/;

type Credentials = {
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
};

describe("the server answers the documents' examples as documented", () => {
  let api: NativeApi;
  let receiver: Receiver;
  let loadCredentials: (dialect: string) => Promise<Credentials>;
  const refused = new Set<string>();
  before(async () => {
    receiver = await startReceiver((_receipt, response) => response.writeHead(204).end());
    api = await startNativeApi({ HOOKLINE_APIS: "svix,zipwhip,sendblue,chirp" });
    loadCredentials = await openAccounts(api);
  });
  after(async () => {
    await api[Symbol.asyncDispose]();
    await receiver[Symbol.asyncDispose]();
  });

  for (const dialect of DIALECTS) {
    const { calls } = dialect.document;
    const sent = ORDER.flatMap((method) => {
      const those = calls.filter(({ methods }) => methods.includes(method));
      // Inner names are replaced before outer ones.
      const ordered = method === "DELETE" ? those.toReversed() : those;
      return ordered.map((call) => ({ call, method }));
    });
    for (const { call, method } of sent) {
      test(`${dialect.name}: ${method} ${call.path}`, async () => {
        const shown = await loadCredentials(dialect.name);
        const response = await send(api.url, { call, method, shown, receiver });
        const text = await readText(response);
        const schema = findSchema(dialect, call, response.status);
        assert.notEqual(schema, undefined, `${response.status} is not documented: ${text}`);
        const isJson = (response.headers.get("content-type") ?? "").startsWith("application/json");
        if (schema === null) assert.equal(text, "");
        else if (schema !== undefined && isJson) assertTaken(schema, JSON.parse(text));
        if (!(response.status in call.answers) || text.includes('"success":false')) {
          refused.add(`${dialect.name} ${call.id}`);
        }
      });
    }
  }

  test("only examples of resources that do not exist are refused", () => {
    assert.deepEqual([...refused].toSorted(), REFUSED.toSorted());
  });

  test("every call that changed configuration is in the audit, and no other", async () => {
    const recorded = new Set<string>();
    for (let iterator: string | null = null, done = false; !done;) {
      const query: string = iterator === null ? "" : `&iterator=${iterator}`;
      const page = await api.call("GET", `/audit?limit=250${query}`);
      const body = page.body as {
        readonly data: readonly { readonly verb: string }[];
        readonly iterator: string | null;
        readonly done: boolean;
      };
      for (const { verb } of body.data) recorded.add(verb);
      ({ iterator, done } = body);
    }
    const changing = DIALECTS.flatMap(({ name, document }) =>
      document.calls
        .filter(({ id, methods }) => (name === "zipwhip" ? WEBHOOK.test(id) : methods[0] !== "GET"))
        .filter(({ id }) => !refused.has(`${name} ${id}`))
        .map(({ id }) => (name === "svix" ? toVerb(id) : `${name}.${id}`)),
    );
    assert.ok(changing.length > 40, `only ${changing.length} calls`);
    const missing = changing.filter((verb) => !recorded.has(verb));
    assert.deepEqual(missing.toSorted(), UNRECORDED.toSorted());
    assert.deepEqual(
      [...recorded].filter((verb) => !changing.includes(verb)),
      [],
    );
  });
});

/** All calls that reveal content have one verb. */
function toVerb(id: string): string {
  return /^reveal[A-Z]/.test(id) ? REVEAL_VERB : id;
}

/** Returns the schemas of a status: undefined when it is not documented, null when it has no body. */
function findSchema(
  dialect: Dialect,
  call: ApiCall,
  status: number,
): readonly TSchema[] | null | undefined {
  const { refusal } = dialect.document;
  const answer = call.answers[status];
  const isRefusal = toRefusals(call, dialect.errors).some((one) => one.status === status);
  if (answer === undefined && !isRefusal) return undefined;
  const refused = refusal.byStatus?.[status] ?? refusal;
  const schemas = [
    ...(answer?.schema ? [answer.schema] : []),
    ...(isRefusal ? [refused.schema] : []),
  ];
  return schemas.length === 0 ? null : schemas;
}

function assertTaken(schemas: readonly TSchema[], body: unknown): void {
  const checks = schemas.map((schema) => Compile(schema) as Check);
  if (checks.some((check) => check.Check(body))) return;
  const errors = checks.flatMap((check) => check.Errors(body));
  assert.fail(`${JSON.stringify(body)} is not what is documented: ${JSON.stringify(errors)}`);
}

type Check = { Check(value: unknown): boolean; Errors(value: unknown): unknown[] };

function send(
  url: string,
  p: {
    readonly call: ApiCall;
    readonly method: ApiMethod;
    readonly shown: Credentials;
    readonly receiver: Receiver;
  },
): Promise<Response> {
  const { call, method, shown } = p;
  const example = JSON.parse(
    stringifyJson(call.example ?? {}).replaceAll(URL_START, p.receiver.url),
  ) as NonNullable<ApiCall["example"]>;
  const path = call.path.replace(/:(\w+)/g, (_all, name: string) =>
    encodeURIComponent(example.params?.[name] ?? "none"),
  );
  const inBody = takesBody(method);
  const query = new URLSearchParams();
  const pairs = { ...shown.query, ...example.query, ...(inBody ? {} : example.fields) };
  for (const [name, value] of Object.entries(pairs)) {
    const items: readonly JsonValue[] = Array.isArray(value) ? value : [value];
    for (const item of items) query.append(name, toText(item));
  }
  const body = example.body ?? (inBody ? example.fields : undefined);
  return fetch(`${url}${path}?${query.toString()}`, {
    method,
    redirect: "manual",
    headers: {
      ...(call.security.length === 0 ? undefined : shown.headers),
      ...example.headers,
      ...(body === undefined ? undefined : { "content-type": "application/json" }),
    },
    body: body === undefined ? null : stringifyJson(body),
  });
}

function toText(value: JsonValue): string {
  return typeof value === "string" ? value : stringifyJson(value);
}

/** A new application and a credential of each dialect. */
async function openAccounts(api: NativeApi): Promise<(dialect: string) => Promise<Credentials>> {
  const { id: app } = await api.svix.application.create({ name: "Accounts" });
  const { username } = await openZipwhipLine(api, { app, number: "+12065550177" });
  const sendblue = await createKey(api, app, "sendblue");
  const made = await api.call("POST", "/app", { body: { name: "Test", test: true } });
  const chirp = await createKey(api, (made.body as { readonly id: string }).id, "app");
  const headers: Readonly<Record<string, Credentials["headers"]>> = {
    svix: { authorization: `Bearer ${ADMIN_TOKEN}` },
    sendblue: {
      "sb-api-key-id": sendblue["keyId"] ?? "",
      "sb-api-secret-key": sendblue["keySecret"] ?? "",
    },
    chirp: { authorization: `Bearer ${chirp["key"]}` },
  };
  return async (dialect) => {
    if (dialect !== "zipwhip") return { headers: headers[dialect] ?? {}, query: {} };
    // Each call gets a new session, since one of the calls ends it.
    return { headers: {}, query: { session: await loginZipwhip(api.url, username) } };
  };
}

async function createKey(
  api: NativeApi,
  app: string,
  kind: string,
): Promise<Readonly<Record<string, string>>> {
  const made = await api.call("POST", `/app/${app}/key`, { body: { kind } });
  assert.equal(made.status, 201, made.text);
  return made.body as Readonly<Record<string, string>>;
}
