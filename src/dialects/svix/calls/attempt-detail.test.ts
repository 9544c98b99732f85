/** The detail of an attempt in the native API: for operators, tenants and viewers. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { eventually } from "../../../../test/harness/engine.ts";
import { startNativeApi, type NativeApi } from "../../../../test/harness/native-api.ts";
import { startReceiver, type Receiver } from "../../../../test/harness/receiver.ts";

type Attempt = {
  readonly id: string;
  readonly attempt?: number;
  readonly probe?: boolean;
  readonly headers?: readonly { readonly name: string; readonly value: string }[];
  readonly headersCut?: boolean;
  readonly timing?: Readonly<Record<string, number | null>>;
  readonly peer?: string;
};

describe("the detail of an attempt", () => {
  let api: NativeApi;
  let receiver: Receiver;
  let event: string;
  let failing: string;
  let working: string;
  before(async () => {
    api = await startNativeApi();
    receiver = await startReceiver(({ path }, response) => {
      response.setHeader("x-about", "call +12065550188");
      response.setHeader("set-cookie", "sid=deep-secret");
      response.writeHead(path === "/fails" ? 503 : 200).end("answer");
    });
    await api.svix.application.create({ name: "a", uid: "a" });
    failing = (await api.svix.endpoint.create("a", { url: `${receiver.url}/fails` })).id;
    working = (await api.svix.endpoint.create("a", { url: receiver.url })).id;
    event = (await api.svix.message.create("a", { eventType: "a.b", payload: {} })).id;
    for (const id of [failing, working]) await loadAttempt(id);
  });
  after(async () => {
    await api[Symbol.asyncDispose]();
    await receiver[Symbol.asyncDispose]();
  });

  async function list(endpoint: string, more: { query?: string; token?: string } = {}) {
    const { query = "", ...options } = more;
    const answer = await api.call("GET", `/app/a/attempt/endpoint/${endpoint}${query}`, options);
    assert.equal(answer.status, 200, answer.text);
    return (answer.body as { readonly data: readonly Attempt[] }).data;
  }

  async function loadAttempt(endpoint: string, more = {}): Promise<Attempt> {
    const [attempt] = await eventually(
      () => list(endpoint, more),
      ({ length }) => length > 0,
    );
    return attempt ?? assert.fail();
  }

  const about = ({ headers = [] }: Attempt) =>
    headers.find(({ name }) => name === "x-about")?.value;

  test("is shown in lists and for one attempt, of failures only", async () => {
    const listed = await loadAttempt(failing);
    assert.equal(about(listed), "call +12065550188");
    assert.deepEqual(
      [listed.attempt, listed.probe, listed.headersCut, listed.peer],
      [1, false, false, "127.0.0.1"],
    );
    assert.deepEqual(Object.keys(listed.timing ?? {}), [
      "dnsMs",
      "connectMs",
      "tlsMs",
      "firstByteMs",
    ]);
    assert.ok(!JSON.stringify(listed).includes("deep-secret"));
    const one = await api.call("GET", `/app/a/msg/${event}/attempt/${listed.id}`);
    assert.deepEqual((one.body as Attempt).headers, listed.headers);
    const success = await loadAttempt(working);
    assert.deepEqual(
      [success.timing, success.headers, success.peer],
      [undefined, undefined, undefined],
    );
  });

  test("names no internal address to a tenant, and has no headers without content", async () => {
    const key = await api.call("POST", "/app/a/key", { body: { kind: "manage" } });
    const { key: token } = key.body as { readonly key: string };
    const access = await api.call("POST", "/auth/app-portal-access/a", { body: {} });
    const portal = (access.body as { readonly token: string }).token;
    for (const tenant of [token, portal]) {
      const shown = await loadAttempt(failing, { token: tenant });
      assert.equal(about(shown), "call +12065550188");
      assert.equal(shown.peer, undefined);
    }
    const bare = await loadAttempt(failing, { query: "?with_content=false" });
    assert.deepEqual([bare.headers, bare.attempt], [undefined, 1]);
  });

  test("hides the values of headers from viewers, as it hides answers", async () => {
    const made = await api.call("POST", "/operator-key", { body: { name: "v", role: "viewer" } });
    const { key: token } = made.body as { readonly key: string };
    const shown = await loadAttempt(failing, { token });
    assert.equal(about(shown), "▒▒▒");
    assert.equal(shown.peer, "127.0.0.1");
  });

  test("is deleted with the answer", async () => {
    const { id } = await loadAttempt(failing);
    const gone = await api.call("DELETE", `/app/a/msg/${event}/attempt/${id}/content`);
    assert.equal(gone.status, 204);
    const left = await loadAttempt(failing);
    assert.deepEqual([left.headers, left.timing, left.peer], [undefined, undefined, undefined]);
  });
});
