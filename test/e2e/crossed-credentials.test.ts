/**
 * Every call of the native API with every kind of credential, on both stores. The calls are those of the
 * document, so a new call is tested as well. Unless it is listed here, only operators and portal tokens with
 * its capability may make it.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import {
  CAPABILITIES,
  hasCapability,
  type Capability,
} from "../../src/core/portal/capabilities.ts";
import { OPERATOR_ROLES, type OperatorRole } from "../../src/core/operator-role.ts";
import type { Call } from "../../src/dialects/call.ts";
import { CALLS } from "../../src/dialects/svix/document.ts";
import { ADMIN_TOKEN, startNativeApi, type NativeApi } from "../harness/native-api.ts";
import { makeDatabase } from "../postgres/databases.ts";

/** Calls that a publish key may make. */
const PUBLISH = ["createMessage", "createMessages", "precheckMessage", "getApplication"];
/** Calls that any key may make. */
const ANY_KEY = ["listEventTypes", "getEventType", "getSession"];
/** Calls that a manage key may make and no portal token. */
const MANAGE = [
  "precheckMessage",
  "createLine",
  "deleteLine",
  "listLineLogins",
  "createLineLogin",
  "deleteLineLogin",
  "eraseNumber",
  "expungeMessage",
  "expungeAttempt",
  "bulkExpungeMessages",
  "expungeAllContents",
];
/** Calls that an operator key needs the role of an admin for. */
const ONLY_ADMIN = [
  "deleteApplication",
  "getEndpointSecret",
  "rotateEndpointSecret",
  "getOperationalWebhookEndpointSecret",
  "rotateOperationalWebhookEndpointSecret",
  "createKey",
  "revokeKey",
  "grantPortalAccess",
  "grantDashboardAccess",
  "createOperatorKey",
  "deleteOperatorKey",
  "endDashboardSessions",
  "rekey",
  "exportEnvironment",
];
/** Reads that a viewer may make, and no other call. */
const READS = [
  "getSeries",
  "getApplicationSeries",
  "listAllEndpoints",
  "listEndpointHealth",
  "getOverview",
  "getSystem",
  "listFailedDeliveries",
  "listFailedDeliveriesOfApplication",
  "listApplications",
  "search",
  "searchApplication",
  "getSeries",
  "getApplicationSeries",
  "streamAll",
  "streamApplication",
  "getApplication",
  "getApplicationLimits",
  "listEndpoints",
  "getEndpoint",
  "getEndpointHeaders",
  "getEndpointStats",
  "getEndpointAttemptStats",
  "getEndpointTls",
  "listOperationalWebhookEndpoints",
  "getOperationalWebhookEndpoint",
  "getOperationalWebhookEndpointHeaders",
  "listEventTypes",
  "getEventType",
  "listMessages",
  "getDeliveryRequest",
  "explainMessage",
  "listTexts",
  "getText",
  "getMessage",
  "listAttemptsOfMessage",
  "listAttemptsOfEndpoint",
  "listMessagesOfEndpoint",
  "listEndpointsOfMessage",
  "getAttempt",
  "listBackgroundTasks",
  "getBackgroundTask",
  "readFeed",
  "listDestinations",
  "getDestination",
  "pollMessages",
  "listLines",
  "listLineLogins",
  "listKeys",
  "getSession",
  "listAudit",
  "listRefused",
  "listRefusedRights",
];
/** The only call that portal tokens may make and the admin may not. It ends the credential, so it is last. */
const LAST = "logOut";

type Held = OperatorRole | "manage" | "publish" | readonly Capability[] | "dead";
type Credential = { readonly name: string; readonly held: Held; readonly token: string | null };

const ORDERED = CALLS.toSorted((one, other) => Number(one.id === LAST) - Number(other.id === LAST));
const isOpen = (call: Call): boolean => call.security.length === 0;

for (const store of ["SQLite", "PostgreSQL"]) {
  describe(`every call with every credential on ${store}`, () => {
    const opened = new AsyncDisposableStack();
    let api: NativeApi;
    let own: string;
    let credentials: readonly Credential[];
    before(async () => {
      const database = store === "SQLite" ? null : opened.use(await makeDatabase());
      const settings = database === null ? {} : { HOOKLINE_STORE: database.url };
      api = opened.use(await startNativeApi(settings));
      own = (await api.svix.application.create({ name: "Own", uid: "own" })).id;
      await api.svix.application.create({ name: "Other", uid: "other" });
      credentials = await makeCredentials(api, own);
    });
    after(() => opened.disposeAsync());

    test("is permitted or refused as it is documented", async () => {
      const wrong: string[] = [];
      let sent = 0;
      for (const call of ORDERED) {
        for (const credential of credentials) {
          const apps = call.path.includes(":app") ? [own, "own", "other"] : [own];
          for (const app of isOperator(credential.held) ? ["nowhere"] : apps) {
            const expected = expect(call, credential.held, app === "other");
            const found = await send(api, call, { app, token: credential.token });
            sent += 1;
            if (found !== expected) {
              wrong.push(`${call.id} of ${app}, ${credential.name}: ${found}, not ${expected}`);
            }
          }
        }
      }
      assert.deepEqual(wrong, []);
      assert.ok(sent > 60 * 15, `only ${sent} requests were sent`);
    });

    test("a key and a portal token list no tasks of another application", async () => {
      const live = await makeCredentials(api, own);
      for (const { held, token } of live.filter(
        ({ held }) => held === "manage" || isPortal(held),
      )) {
        const answer = await api.call("GET", "/background-task?app_id=other", { token });
        assert.equal(answer.status, 404, `${String(held)} ${answer.text}`);
      }
    });
  });
}

test("the document of every call names the capability that a portal token needs", () => {
  const unnamed = CALLS.filter(
    ({ portal = null, description = "" }) => portal !== null && !description.includes(portal),
  );
  assert.deepEqual(unnamed, []);
});

test("a viewer needs a call that only reads, and its document names the role of others", () => {
  for (const { operator, methods, description = "", security, id } of CALLS) {
    if (operator !== "viewer") assert.ok(description.includes(`role \`${operator}\``), id);
    else assert.ok(methods[0] === "GET" || security.length === 0 || id === LAST, id);
  }
});

test("a portal token needs more than ViewBase for every call that changes something", () => {
  const loose = CALLS.filter(
    ({ portal, methods, id }) => portal === "ViewBase" && methods[0] !== "GET" && id !== LAST,
  );
  assert.deepEqual(loose, []);
  assert.ok(CALLS.every(({ portal }) => portal !== undefined));
});

type Result = "permitted" | "unauthenticated" | "forbidden" | "unknown application";

function expect(call: Call, held: Held, isOther: boolean): Result {
  if (isOpen(call)) return "permitted";
  if (held === "dead") return "unauthenticated";
  if (!isPermitted(call, held)) return "forbidden";
  return isOther ? "unknown application" : "permitted";
}

function isPermitted({ id, portal = null }: Call, held: Exclude<Held, "dead">): boolean {
  if (isPortal(held)) return portal !== null && hasCapability(held, portal);
  if (id === LAST) return false;
  if (held === "admin" || ANY_KEY.includes(id)) return true;
  if (held === "operator") return !ONLY_ADMIN.includes(id);
  if (held === "viewer") return READS.includes(id);
  if (held === "publish") return PUBLISH.includes(id);
  return portal !== null || MANAGE.includes(id);
}

function isOperator(held: Held): boolean {
  return OPERATOR_ROLES.some((role) => role === held);
}

function isPortal(held: Held): held is readonly Capability[] {
  return typeof held !== "string";
}

/** Sends no fields and names no existing resource but the application, so that nothing changes. */
async function send(
  api: NativeApi,
  call: Call,
  p: { readonly app: string; readonly token: string | null },
): Promise<Result> {
  const [method = "GET"] = call.methods;
  const path = call.path
    .replace("/api/v1", "")
    .replace(/:(\w+)/g, (_all, name: string) => (name === "app" ? p.app : "no-such-one"));
  const answer = await api.call(method, path, {
    token: p.token,
    ...(method === "POST" || method === "PUT" || method === "PATCH" ? { body: {} } : undefined),
  });
  if (answer.status === 401) return "unauthenticated";
  if (answer.status === 403) return "forbidden";
  assert.ok(answer.status < 500 && answer.status !== 429, `${call.id} ${answer.text}`);
  const isUnknown = answer.status === 404 && answer.text.includes("There is no application");
  return isUnknown && p.app !== "nowhere" ? "unknown application" : "permitted";
}

async function makeCredentials(api: NativeApi, app: string): Promise<readonly Credential[]> {
  const key = async (kind: "manage" | "publish"): Promise<Credential> => {
    const made = await api.call("POST", `/app/${app}/key`, { body: { kind } });
    return { name: kind, held: kind, token: (made.body as { key: string }).key };
  };
  const grant = async (body: object): Promise<string> => {
    const made = await api.call("POST", `/auth/app-portal-access/${app}`, { body });
    assert.equal(made.status, 200, made.text);
    return (made.body as { token: string }).token;
  };
  const operatorKey = async (role: OperatorRole): Promise<Credential & { id: string }> => {
    const made = await api.call("POST", "/operator-key", { body: { name: "Ada", role } });
    const { id, key: token } = made.body as { id: string; key: string };
    return { name: `operator key, ${role}`, held: role, token, id };
  };
  const deleted = await operatorKey("admin");
  await api.call("DELETE", `/operator-key/${deleted.id}`);
  const withCapability = async (one: Capability): Promise<Credential> => {
    const capabilities = [...new Set<Capability>(["ViewBase", one])];
    return { name: `portal ${one}`, held: capabilities, token: await grant({ capabilities }) };
  };
  const loggedOut = await grant({});
  await api.call("POST", "/auth/logout", { token: loggedOut });
  const expired = await grant({ sessionId: "expired" });
  await api.call("POST", `/auth/app/${app}/expire-all`, { body: { sessionIds: ["expired"] } });
  return [
    { name: "admin", held: "admin", token: ADMIN_TOKEN },
    await operatorKey("admin"),
    await operatorKey("operator"),
    await operatorKey("viewer"),
    { name: "operator key, deleted", held: "dead", token: deleted.token },
    await key("manage"),
    await key("publish"),
    ...(await Promise.all(CAPABILITIES.map(withCapability))),
    { name: "portal, all", held: CAPABILITIES, token: await grant({}) },
    { name: "portal, read only", held: ["ViewBase"], token: await grant({ readOnly: true }) },
    { name: "portal, logged out", held: "dead", token: loggedOut },
    { name: "portal, expired", held: "dead", token: expired },
    { name: "an unknown portal token", held: "dead", token: `appsk_${"0".repeat(64)}` },
    { name: "an unknown key", held: "dead", token: "sk_live_manage_0" },
    { name: "none", held: "dead", token: null },
  ];
}
