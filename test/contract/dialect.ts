/**
 * The contract of every dialect. Each canonical event is rendered or refused by name, and the same input
 * always renders the same bytes (I2). Each error code has a response, and a credential of one dialect is
 * invalid in the others. A dialect's test is one call of this.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { CANONICAL_TYPES } from "../../src/core/events/canonical-events.ts";
import { toExample, openRegister } from "./decide.ts";
import {
  findDialectEvent,
  findOlderName,
  listWebhooks,
  OLDER_FORM,
} from "../../src/core/events/dialect-events.ts";
import { AppError, ERROR_CODES, type ErrorCode } from "../../src/core/error.ts";
import type { Snapshot } from "../../src/core/snapshot.ts";
import { ADMIN_TOKEN, startNativeApi, type Answer, type NativeApi } from "../harness/native-api.ts";
import type { Dialect, RenderedFor } from "../../src/dialects/dialect.ts";
import { createRenderers } from "../../src/dialects/renderers.ts";
import {
  toSnapshot,
  writeMessage,
  writeParticipants,
} from "../../src/store/accept/snapshot-text.ts";

/** Every kind of credential, and the cases without a valid one. */
export const CREDENTIALS = [
  "none",
  "garbage",
  "admin",
  "publish",
  "manage",
  "app",
  "sendblue",
  "session",
] as const;
export type CredentialName = (typeof CREDENTIALS)[number];

export type DialectHarness = {
  readonly dialect: Dialect;
  /** Credentials that its API accepts, with any rights. */
  readonly accepts: readonly CredentialName[];
  /** One call that needs a credential and changes nothing. It sends every header of `headers`. */
  probe(
    api: NativeApi,
    p: { readonly app: string; readonly headers: Readonly<Record<string, string>> },
  ): Promise<Answer>;
  /** Whether the response means "not authenticated" in the dialect's form. */
  isUnauthenticated(answer: Answer): boolean;
};

const RENDERERS = createRenderers({ zipwhipErrorStatus: "200", zipwhipUserAgent: "hookline" });

export function testDialect(harness: DialectHarness): void {
  const { dialect } = harness;

  describe(`${dialect.name} renders`, () => {
    for (const type of CANONICAL_TYPES) {
      test(`${type}, or refuses it by name`, () => {
        const { snapshot } = openRegister().accept(toExample(type));
        const endpoint = endpointFor(dialect);
        const event = findDialectEvent(dialect.name, snapshot);
        if (event === null) {
          assert.throws(
            () => dialect.render(snapshot, endpoint, 0),
            (error) => error instanceof AppError && error.message.includes(type),
          );
          return;
        }
        const older = findOlderName(dialect.name, event);
        for (const named of older === null ? [event] : [event, older]) {
          assert.ok(
            dialect.document.webhooks.some(({ name }) => name === named),
            `the document of the dialect has no webhook "${named}"`,
          );
        }
        const indexes = listWebhooks(endpoint, snapshot);
        for (const webhookIndex of older === null ? indexes : [...indexes, OLDER_FORM]) {
          checkRendered(dialect, snapshot, webhookIndex);
        }
      });
    }
  });

  test(`${dialect.name} has a response for every error code`, () => {
    const codes = Object.keys(ERROR_CODES) as ErrorCode[];
    assert.deepEqual(Object.keys(dialect.errors).sort(), codes.sort());
    for (const code of codes) {
      const { status, word } = dialect.errors[code];
      assert.ok(Number.isInteger(status) && status >= 200 && status <= 599, code);
      assert.ok(word.length > 0, code);
    }
  });

  describe(`authentication at ${dialect.name}`, () => {
    let api: NativeApi;
    let app: string;
    before(async () => {
      api = await startNativeApi({
        // Lines log in at Zipwhip's API, also when the session is then sent to another one.
        HOOKLINE_APIS: [...new Set(["svix", "zipwhip", dialect.name])].join(","),
      });
      app = (await api.svix.application.create({ name: "Contract" })).id;
    });
    after(() => api[Symbol.asyncDispose]());

    for (const name of CREDENTIALS) {
      const isAccepted = harness.accepts.includes(name);
      test(`the credential "${name}" is ${isAccepted ? "accepted" : "refused"}`, async () => {
        for (const headers of await waysToShow(api, app, name)) {
          const answer = await harness.probe(api, { app, headers });
          const isRefused = harness.isUnauthenticated(answer);
          assert.equal(
            isRefused,
            !isAccepted,
            `${JSON.stringify(Object.keys(headers))}: ${answer.text}`,
          );
        }
      });
    }
  });
}

/** The store gives an attempt such a snapshot: its participants are parsed when one is first read. */
function asStored(snapshot: Snapshot): Snapshot {
  const { message } = snapshot;
  const text = message === null ? null : writeMessage(message, { withText: true });
  return toSnapshot(snapshot, writeParticipants(snapshot, text));
}

function checkRendered(dialect: Dialect, snapshot: Snapshot, webhookIndex: number): void {
  const endpoint = endpointFor(dialect);
  const rendered = dialect.render(snapshot, endpoint, webhookIndex);
  assert.deepEqual(dialect.render(structuredClone(snapshot), endpoint, webhookIndex), rendered);
  assert.deepEqual(dialect.render(asStored(snapshot), endpoint, webhookIndex), rendered);
  // The engine renders by the list, which has no calls.
  assert.deepEqual(RENDERERS.get(dialect.name)?.(snapshot, endpoint, webhookIndex), rendered);
  assert.match(rendered.dedupeId, /^[\x21-\x7e]+$/);
  assert.ok(rendered.body !== null || rendered.query !== null, "it says nothing");
  assert.ok(rendered.body?.isWellFormed() ?? true);
  const names = Object.keys(rendered.headers).map((name) => name.toLowerCase());
  assert.deepEqual(
    names.filter((name) => name.startsWith("webhook-")),
    [],
  );
}

function endpointFor({ name }: Dialect): RenderedFor {
  return {
    endpointId: "ep_contract",
    dialect: name,
    eventTypes: null,
    method: "POST",
    dialectOptions: null,
  };
}

type Headers = Readonly<Record<string, string>>;

/** A credential in the form of each dialect. A credential of one API alone has only its form. */
async function waysToShow(api: NativeApi, app: string, name: CredentialName): Promise<Headers[]> {
  const bearer = (token: string): Headers => ({ authorization: `Bearer ${token}` });
  const pair = (keyId: string, keySecret: string): Headers => ({
    "sb-api-key-id": keyId,
    "sb-api-secret-key": keySecret,
  });
  if (name === "none") return [{}];
  if (name === "garbage")
    return [bearer("garbage"), pair("garbage", "garbage"), { authorization: "x" }];
  if (name === "admin") return [bearer(ADMIN_TOKEN)];
  if (name === "session") {
    const session = await openSession(api, app);
    return [bearer(session), pair(session, session)];
  }
  const made = await api.call("POST", `/app/${app}/key`, { body: { kind: name } });
  assert.equal(made.status, 201, made.text);
  const { key, keyId, keySecret } = made.body as Record<"key" | "keyId" | "keySecret", string>;
  return name === "sendblue" ? [pair(keyId, keySecret)] : [bearer(key)];
}

async function openSession(api: NativeApi, app: string): Promise<string> {
  const line = { number: "+12065550100", username: "contract", password: "secret" };
  const made = await api.call("POST", `/app/${app}/line`, { body: line });
  assert.equal(made.status, 201, made.text);
  const login = await fetch(`${api.url}/user/login`, {
    method: "POST",
    body: new URLSearchParams({ username: line.username, password: line.password }),
  });
  const { response } = (await login.json()) as { readonly response: string };
  assert.match(response, /^[0-9a-f-]{36}:\d+$/);
  return response;
}
