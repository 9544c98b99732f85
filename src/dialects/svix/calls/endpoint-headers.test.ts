/** Headers are encrypted as one value, so changes of single headers must be serialised. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { startNativeApi } from "../../../../test/harness/native-api.ts";
import { startReceiver } from "../../../../test/harness/receiver.ts";
import { BASIC, basic, LEAK, withCredentials } from "../../../../test/harness/url-credentials.ts";

test("simultaneous changes of an endpoint's headers are all kept", async () => {
  await using api = await startNativeApi();
  await api.svix.application.getOrCreate({ name: "Tenant", uid: "tenant" });
  await api.svix.endpoint.upsert("tenant", "many", {
    url: "http://127.0.0.1:9999/hook",
    disabled: true,
  });
  const names = Array.from({ length: 8 }, (_, i) => `x-${i}`);
  await Promise.all(
    names.map((name) =>
      api.svix.endpoint.patchHeaders("tenant", "many", { headers: { [name]: name } }),
    ),
  );
  const { headers } = await api.svix.endpoint.getHeaders("tenant", "many");
  assert.deepEqual(Object.keys(headers).toSorted(), names);
});

test("an app, an endpoint and an operational endpoint can set their signature headers and reset them", async () => {
  await using api = await startNativeApi();
  const url = "http://127.0.0.1:9999/hook";
  await api.call("PUT", "/app/chooser", { body: { name: "Chooser" } });
  const places = [
    ["/app/chooser", { name: "Chooser" }],
    ["/app/chooser/endpoint/one", { url }],
    ["/operational-webhook/endpoint/two", { url }],
  ] as const;
  for (const [path, body] of places) {
    const put = async (more: object) =>
      (await api.call("PUT", path, { body: { ...body, ...more } })).body as object;
    const shown = async () => (await api.call("GET", path)).body as { signatureHeaders?: string };
    for (const signatureHeaders of ["svix", "webhook", "both"]) {
      await put({ signatureHeaders });
      assert.equal((await shown()).signatureHeaders, signatureHeaders, path);
    }
    await put({ signatureHeaders: null });
    assert.ok(!("signatureHeaders" in (await shown())), path);
    const { status, text } = await api.call("PUT", path, {
      body: { ...body, signatureHeaders: "svix-id" },
    });
    assert.equal(status, 422);
    assert.match(text, /"signatureHeaders"\],"msg":"must be one of both, webhook, svix, or null"/);
  }
  await api.call("PATCH", "/app/chooser", { body: { signatureHeaders: "svix" } });
  assert.match((await api.call("GET", "/app/chooser")).text, /"signatureHeaders":"svix"/);
});

test("the password of an endpoint's URL is sent as Basic credentials, kept for its origin, and never shown", async () => {
  await using api = await startNativeApi();
  await using receiver = await startReceiver();
  await using other = await startReceiver();
  await api.svix.application.getOrCreate({ name: "Tenant", uid: "tenant" });
  const { given, shown } = withCredentials(`${receiver.url}/a`);
  const answers: string[] = [];
  const call = async (method: string, path: string, body?: object) => {
    const answer = await api.call(method, `/app/tenant${path}`, { body });
    answers.push(answer.text);
    return { status: answer.status, body: answer.body as Record<string, unknown> };
  };
  const put = async (url: string) => (await call("PUT", "/endpoint/one", { url })).body["url"];
  const sent = async (to: typeof receiver) => {
    const before = to.receipts.length;
    await call("POST", "/msg", { eventType: "invoice.paid", payload: {} });
    await to.until(() => to.receipts.length > before);
    return to.receipts.at(-1)?.headers["authorization"];
  };

  assert.equal(await put(given), shown);
  assert.equal(await sent(receiver), BASIC);
  // A client may write back the fields that it has read. The password is then kept, also with another path.
  assert.equal(await put(shown), shown);
  assert.equal(await sent(receiver), BASIC);
  await call("PATCH", "/endpoint/one", { description: "still there" });
  await put(`${shown}/b`);
  assert.equal(await sent(receiver), BASIC);

  // Another origin never gets the password, even with the same user name.
  const elsewhere = withCredentials(`${other.url}/a`).shown;
  assert.equal(await put(elsewhere), elsewhere);
  assert.equal(await sent(other), basic("us@er", ""));
  await put(shown);
  assert.equal(await sent(receiver), basic("us@er", ""));
  await put(given);
  await put(shown.replace("us%40er", "other"));
  assert.equal(await sent(receiver), basic("other", ""));
  await put(given);
  await put(`${receiver.url}/a`);
  assert.equal(await sent(receiver), undefined);
  await put(shown);
  assert.equal(await sent(receiver), basic("us@er", ""));
  await put(given);
  await put(shown.replace("@", ":@"));
  assert.equal(await sent(receiver), basic("us@er", ""));

  await put(given);
  await call("GET", "/endpoint/one");
  await call("GET", "/endpoint");
  const attempts = await call("GET", "/attempt/endpoint/one");
  assert.equal((attempts.body["data"] as { url: string }[])[0]?.url, shown);
  assert.doesNotMatch(answers.join(), LEAK);
});

test("a user name in the URL and an authorization header are refused together, in either order", async () => {
  await using api = await startNativeApi();
  await api.svix.application.getOrCreate({ name: "Tenant", uid: "tenant" });
  const { given, shown } = withCredentials("http://127.0.0.1:9999/hook");
  const headers = { Authorization: "Bearer x" };
  for (const place of ["/app/tenant/endpoint", "/operational-webhook/endpoint"]) {
    const refused = async (method: string, path: string, body: object, field: string) => {
      const { status, text } = await api.call(method, `${place}${path}`, { body });
      assert.equal(status, 422, text);
      assert.match(text, new RegExp(`"body","${field}".*URL has a user name.*authorization`));
      assert.doesNotMatch(text, LEAK);
    };
    const done = async (method: string, path: string, body: object) => {
      const { status, text } = await api.call(method, `${place}${path}`, { body });
      assert.ok(status < 300, text);
      return text;
    };
    const url = "http://127.0.0.1:9999/hook";
    await refused("POST", "", { url: given, headers, disabled: true }, "headers");
    const made = await done("POST", "", { url: given, uid: "one", disabled: true });
    assert.match(made, new RegExp(shown));
    await refused("PUT", "/one/headers", { headers }, "headers");
    await done("PUT", "/one", { url, disabled: true });
    await done("PUT", "/one/headers", { headers });
    await refused("PUT", "/one", { url: given, disabled: true }, "url");
    await done("PUT", "/one/headers", { headers: {} });
    await done("PUT", "/one", { url: given, disabled: true });
  }
  const patched = await api.call("PATCH", "/app/tenant/endpoint/one/headers", {
    body: { headers },
  });
  assert.equal(patched.status, 422);
});
