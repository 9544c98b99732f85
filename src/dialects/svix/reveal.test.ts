/** The dashboard with `HOOKLINE_UI_MASK=on`: masked answers, and one object at a time in full with an entry of the audit. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type DashboardHeaders, signIn } from "../../../test/harness/dashboard-session.ts";
import {
  ADMIN_TOKEN,
  type Answer,
  startNativeApi,
  type NativeApi,
} from "../../../test/harness/native-api.ts";
import { startReceiver } from "../../../test/harness/receiver.ts";
import { makeDatabase } from "../../../test/postgres/databases.ts";
import { LIMITS } from "../../core/limits.ts";

const WHOLE = "+12065550188";
const SECRETS = [WHOLE, "kohlrabi", "receiver-echo"];
const MESSAGE = { id: "m-1", channel: "sms", from: WHOLE, to: "+12065550100", text: "kohlrabi" };

type Entry = {
  readonly verb: string;
  readonly actor: { readonly id: string; readonly name: string | null };
  readonly source: string | null;
  readonly appId: string | null;
  readonly ids: readonly string[];
};

for (const store of ["SQLite", "PostgreSQL"]) {
  describe(`a dashboard that masks on ${store}`, () => {
    const opened = new AsyncDisposableStack();
    let api: NativeApi;
    let app: string;
    let endpoint: string;
    let msg: string;
    let attempt: string;
    before(async () => {
      const database = store === "SQLite" ? null : opened.use(await makeDatabase());
      const receiver = opened.use(
        await startReceiver((_receipt, response) => {
          response.writeHead(200).end("receiver-echo");
        }),
      );
      api = opened.use(
        await startNativeApi({
          HOOKLINE_UI_MASK: "on",
          ...(database === null ? undefined : { HOOKLINE_STORE: database.url }),
        }),
      );
      const { svix } = api;
      app = (await svix.application.create({ name: "Own", uid: "own" })).id;
      const url = `${receiver.url}/2065550188`;
      const made = await api.call("POST", "/app/own/endpoint", {
        body: { url, lines: ["+12065550100"] },
      });
      endpoint = (made.body as { id: string }).id;
      const payload = { message: MESSAGE };
      msg = (await svix.message.create(app, { eventType: "message.received", payload })).id;
      let found: string | undefined;
      while (found === undefined) {
        found = (await svix.messageAttempt.listByMsg(app, msg)).data[0]?.id;
      }
      attempt = found;
    });
    after(() => opened.disposeAsync());

    /** A person with a key of the role, in the dashboard and with the key itself. */
    async function makePerson(role: string) {
      const made = await api.call("POST", "/operator-key", { body: { name: `One ${role}`, role } });
      const { id, key } = made.body as { id: string; key: string };
      const headers = await signIn(api, key);
      return { id, byKey: { token: key }, inDashboard: { token: null, headers } };
    }

    async function readReveals(actor: string): Promise<readonly Entry[]> {
      const answer = await api.call("GET", `/audit?verb=reveal&actor_id=${actor}`);
      return (answer.body as { data: readonly Entry[] }).data;
    }

    const toObjects = () => [
      { read: "/app/own/text/m-1", ids: [msg] },
      { read: `/app/own/msg/${msg}`, ids: [msg] },
      { read: `/app/own/msg/${msg}/explanation`, ids: [msg] },
      { read: `/app/own/msg/${msg}/endpoint/${endpoint}/request`, ids: [msg, endpoint] },
      { read: `/app/own/msg/${msg}/attempt/${attempt}`, ids: [msg, attempt] },
    ];

    test("shows an operator each object in full once the audit has who, which and from where", async () => {
      const { id, byKey, inDashboard } = await makePerson("operator");
      for (const { read, ids } of toObjects()) {
        const masked = await api.call("GET", read, inDashboard);
        assert.equal(masked.status, 200, masked.text);
        assert.ok(!hasSecret(masked), `${read} shows ${masked.text}`);
        const before = (await readReveals(id)).length;
        const revealed = await api.call("POST", `${read}/reveal`, inDashboard);
        assert.equal(revealed.status, 200, revealed.text);
        assert.ok(hasSecret(revealed), `${read}/reveal shows ${revealed.text}`);
        const whole = await api.call("GET", read, byKey);
        assert.deepEqual(withoutTimes(revealed), withoutTimes(whole), "a key's answer is the same");
        const [entry, ...earlier] = await readReveals(id);
        assert.equal(earlier.length, before);
        const { actor, source, appId, ids: named } = entry as Entry;
        assert.deepEqual(
          { actor: actor.name, source, appId, named },
          { actor: "One operator", source: "127.0.0.0/24", appId: app, named: ids },
        );
        const again = await api.call("GET", read, inDashboard);
        assert.ok(!hasSecret(again), "a reveal is of one answer");
      }
    });

    test("an admin is masked and reveals, a viewer may not, and a refusal leaves no entry", async () => {
      const admin = await signIn(api, ADMIN_TOKEN);
      const masked = await api.call("GET", `/app/own/msg/${msg}`, { token: null, headers: admin });
      assert.ok(!hasSecret(masked));
      const reveal = `/app/own/msg/${msg}/reveal`;
      const shown = await api.call("POST", reveal, { token: null, headers: admin });
      assert.ok(hasSecret(shown), shown.text);
      const { id, byKey, inDashboard } = await makePerson("viewer");
      for (const credential of [byKey, inDashboard]) {
        for (const { read } of toObjects()) {
          const answer = await api.call("POST", `${read}/reveal`, credential);
          assert.equal(answer.status, 403, answer.text);
          assert.match(answer.text, /"code":"insufficient_access".*role operator/);
          assert.ok(!hasSecret(answer));
        }
      }
      assert.deepEqual(await readReveals(id), []);
    });

    test("an unknown object is not found and leaves no entry", async () => {
      const { id, inDashboard } = await makePerson("operator");
      for (const path of [
        "/app/own/text/no-such-one",
        "/app/own/msg/no-such-one",
        `/app/own/msg/${msg}/attempt/no-such-one`,
        `/app/own/msg/${msg}/endpoint/no-such-one/request`,
        `/app/other/msg/${msg}`,
      ]) {
        const answer = await api.call("POST", `${path}/reveal`, inDashboard);
        assert.equal(answer.status, 404, answer.text);
      }
      assert.deepEqual(await readReveals(id), []);
    });

    test("a credential reveals a limited number within a minute, and beyond it shows nothing", async () => {
      const { id, inDashboard } = await makePerson("operator");
      const most = LIMITS.reveals.value;
      const reveal = () => api.call("POST", `/app/own/msg/${msg}/reveal`, inDashboard);
      const answers = await inTurn(most + 2, reveal);
      assert.deepEqual(
        answers.map(({ status }) => status),
        [...Array.from({ length: most }, () => 200), 429, 429],
      );
      assert.ok(answers.slice(most).every((answer) => !hasSecret(answer)));
      assert.match(answers.at(-1)?.text ?? "", /Limit: reveals\./);
      assert.equal(answers.at(-1)?.headers.get("retry-after"), "60");
      assert.equal((await readReveals(id)).length, most);
      const other = await makePerson("operator");
      const theirs = await api.call("POST", `/app/own/msg/${msg}/reveal`, other.inDashboard);
      assert.equal(theirs.status, 200, "each credential has its own");
    });

    test("contents are not searched in it, and numbers are", async () => {
      const { byKey, inDashboard } = await makePerson("operator");
      for (const path of ["/app/own/search?q=%22kohlrabi%22", "/app/own/msg?contains=kohlrabi"]) {
        assert.equal((await api.call("GET", path, byKey)).status, 200);
        const answer = await api.call("GET", path, inDashboard);
        assert.equal(answer.status, 403, answer.text);
        assert.match(answer.text, /A session with masked texts may not search contents/);
      }
      const path = `/app/own/text?number=${encodeURIComponent(WHOLE)}`;
      const found = await api.call("GET", path, inDashboard);
      assert.equal((found.body as { data: readonly unknown[] }).data.length, 1);
      assert.ok(!hasSecret(found));
    });

    test("changes answer masked contents and whole credentials, and forms get whole configuration", async () => {
      const headers = await signIn(api, ADMIN_TOKEN);
      const session = { token: null, headers };
      const payload = { message: { ...MESSAGE, id: "m-2" } };
      const published = await api.call("POST", "/app/own/msg", {
        ...session,
        body: { eventType: "message.received", payload },
      });
      assert.equal(published.status, 202);
      assert.deepEqual((published.body as { payload: object }).payload, { hidden: true });
      const made = await api.call("POST", "/app/own/key", { ...session, body: { kind: "manage" } });
      const { key } = made.body as { key: string };
      assert.equal((await api.call("GET", "/app/own/endpoint", { token: key })).status, 200);
      for (const path of [`/app/own/endpoint/${endpoint}`, "/app/own/endpoint"]) {
        const { text } = await api.call("GET", path, session);
        assert.ok(text.includes("/2065550188") && text.includes('["+1206•••0100"]'), text);
      }
      const type = await api.call("GET", "/event-type/message.received", session);
      const whole = await api.call("GET", "/event-type/message.received");
      assert.equal(type.text, whole.text);
    });

    test("says so in the session, and only there", async () => {
      const { byKey, inDashboard } = await makePerson("operator");
      const isMasked = async (credential: object) =>
        ((await api.call("GET", "/session", credential)).body as { masked: boolean }).masked;
      assert.equal(await isMasked(inDashboard), true);
      assert.equal(await isMasked(byKey), false);
      const { token } = await api.svix.authentication.appPortalAccess(app, {});
      assert.equal(await isMasked({ token }), false);
      const shown = await api.call("GET", `/app/own/msg/${msg}`, { token });
      assert.ok(hasSecret(shown), "a tenant sees its own texts");
      const refused = await api.call("POST", `/app/own/msg/${msg}/reveal`, { token });
      assert.equal(refused.status, 403);
    });
  });
}

test("a dashboard without the setting is not masked", async () => {
  await using api = await startNativeApi();
  const headers: DashboardHeaders = await signIn(api, ADMIN_TOKEN);
  const app = (await api.svix.application.create({ name: "Own" })).id;
  const payload = { message: MESSAGE };
  const { id } = await api.svix.message.create(app, { eventType: "message.received", payload });
  const answer = await api.call("GET", `/app/${app}/msg/${id}`, { token: null, headers });
  assert.ok(hasSecret(answer), answer.text);
});

function hasSecret({ text }: Answer): boolean {
  return SECRETS.some((secret) => text.includes(secret));
}

/** The request of a delivery is signed at the time at which it is shown. */
function withoutTimes({ text }: Answer): string {
  return text.replaceAll(/\b1[78]\d{8}\b/g, "0");
}

async function inTurn<T>(times: number, make: () => Promise<T>): Promise<readonly T[]> {
  const made: T[] = [];
  while (made.length < times) made.push(await make());
  return made;
}
