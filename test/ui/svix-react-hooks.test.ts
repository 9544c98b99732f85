/** Every hook of the real `svix-react`, on a page of another site, with a portal token. */
import assert from "node:assert/strict";
import { after, before } from "node:test";
import type { Page } from "playwright-core";
import { Svix } from "svix";
import { TOKEN } from "../harness/server.ts";
import { startHostSite } from "./harness/host-site.ts";
import type { HostPage, HostSite } from "./harness/host-site.ts";
import { pageTest } from "./harness/page-test.ts";
import type { PageTest } from "./harness/page-test.ts";
import { waitUntil } from "./harness/wait-until.ts";

type Listed = { readonly data: readonly Readonly<Record<string, unknown>>[] };

const origins: string[] = [];
let host: HostSite;
before(async () => {
  host = await startHostSite();
  origins.push(host.url);
});
after(() => host[Symbol.asyncDispose]());

/** The hooks call some methods that only releases 1.x of `svix` have. */
const RELEASES: readonly { readonly page: HostPage; readonly release: string }[] = [
  { page: "hooks", release: "2" },
  { page: "hooks-1", release: "1" },
];

type Shown = { readonly endpoint: string; readonly message: string };

async function openHooks(
  opened: PageTest,
  name: HostPage,
  given: { readonly endpoint: string; readonly rights?: object },
): Promise<Shown> {
  const { server } = opened;
  const svix = new Svix(TOKEN, { serverUrl: server.url });
  const { token } = await svix.authentication.appPortalAccess(server.app.uid, given.rights ?? {});
  const path = `/app/${server.app.id}/endpoint/${server.app.healthy}/msg?limit=1`;
  const [attempted] = (await read(opened, path)).data;
  const message = String(attempted?.["id"]);
  const { app } = server;
  await host.open(opened, name, {
    token,
    serverUrl: server.url,
    app: app.id,
    endpoint: given.endpoint,
    message,
  });
  return { endpoint: given.endpoint, message };
}

async function read({ server }: PageTest, path: string): Promise<Listed> {
  return (await server.api.get(path)) as unknown as Listed;
}

/** Waits until the hook has data, and returns an expression's value of it. An error of the hook fails. */
async function dataOf<T>(page: Page, hook: string, expression = "hook.data"): Promise<T> {
  await waitUntil(page, `hooks.${hook}?.data !== undefined || hooks.${hook}?.error`);
  const problem = await page.evaluate(`hooks.${hook}.error && String(hooks.${hook}.error)`);
  assert.equal(problem, undefined, hook);
  return JSON.parse(
    await page.evaluate<string>(
      `(() => { const hook = hooks.${hook}; return JSON.stringify(${expression}); })()`,
    ),
  ) as T;
}

async function newEndpoint(opened: PageTest, uid: string): Promise<string> {
  const { server } = opened;
  const { id } = await server.api.post(`/app/${server.app.id}/endpoint`, {
    uid,
    url: `https://example.com/${uid}`,
    disabled: true,
  });
  return String(id);
}

for (const { page: name, release } of RELEASES) {
  pageTest(
    `the hooks that read show real data, with svix ${release}`,
    async (opened) => {
      const { page, server } = opened;
      const { app } = server;
      const { message } = await openHooks(opened, name, { endpoint: app.healthy });

      const { data: endpoints } = await read(opened, `/app/${app.id}/endpoint`);
      const ids = "hook.data.map(({ id }) => id)";
      const expected = endpoints.map(({ id }) => id);
      assert.deepEqual(await dataOf(page, "useEndpoints", ids), expected.slice(0, 2));
      await page.evaluate("hooks.useEndpoints.nextPage()");
      await waitUntil(page, `hooks.useEndpoints.data[0].id === "${String(expected[2])}"`);
      await page.evaluate("hooks.useEndpoints.prevPage()");
      await waitUntil(page, `hooks.useEndpoints.data[0].id === "${String(expected[0])}"`);

      assert.equal(await dataOf(page, "useEndpoint", "hook.data.description"), "The CRM");
      const secret = await server.api.get(`/app/${app.id}/endpoint/${app.healthy}/secret`);
      assert.equal(await dataOf(page, "useEndpointSecret", "hook.data.key"), secret["key"]);
      assert.ok((await dataOf<number>(page, "useEndpointStats", "hook.data.success")) > 0);
      assert.deepEqual(await dataOf(page, "useEndpointHeaders"), { headers: {}, sensitive: [] });

      const types = await dataOf<readonly string[]>(
        page,
        "useEventTypes",
        "hook.data.map(({ name }) => name)",
      );
      assert.equal(types.length, 3);
      const attempts = await dataOf<Listed["data"]>(page, "useEndpointMessageAttempts");
      assert.equal(attempts.length, 3);
      for (const attempt of attempts) {
        assert.equal(attempt["endpointId"], app.healthy);
        assert.equal(attempt["responseStatusCode"], 200);
        assert.equal((attempt["msg"] as { readonly id: string }).id, attempt["msgId"]);
      }
      const attempted = await dataOf<Listed["data"]>(page, "useAttemptedMessages");
      assert.deepEqual(attempted.length, 3);
      assert.equal(attempted[0]?.["id"], message);

      const { data: messages } = await read(opened, `/app/${app.id}/msg?limit=3`);
      assert.deepEqual(
        await dataOf(page, "useMessages", ids),
        messages.map(({ id }) => id),
      );
      const own = await server.api.get(`/app/${app.id}/msg/${message}`);
      // The hook does not ask for the payload, which releases 2.x then leave out.
      const payload = release === "1" ? own["payload"] : {};
      assert.deepEqual(await dataOf(page, "useMessage", "hook.data.payload"), payload);
      assert.equal(await dataOf(page, "useMessage", "hook.data.eventType"), own["eventType"]);
      const destinations = await dataOf<readonly string[]>(page, "useMessageEndpoints", ids);
      assert.ok(destinations.includes(app.healthy));
      const ofMessage = await dataOf<Listed["data"]>(page, "useMessageAttempts");
      assert.ok(ofMessage.some(({ endpointId }) => endpointId === app.healthy));
      assert.equal(await page.evaluate("hooks.useSvix.appId"), app.id);
    },
    { origins },
  );

  pageTest(
    `the hooks that change something work, with svix ${release}`,
    async (opened) => {
      const { page, server } = opened;
      const { app } = server;
      const endpoint = await newEndpoint(opened, `of-hooks-${release}`);
      const at = `/app/${app.id}/endpoint/${endpoint}`;
      const { message } = await openHooks(opened, name, { endpoint });

      const before = await dataOf(page, "useEndpointSecret", "hook.data.key");
      await page.evaluate("hooks.useEndpointSecret.rotateSecret({})");
      await waitUntil(page, `hooks.useEndpointSecret.data.key !== ${JSON.stringify(before)}`);
      const { key } = await server.api.get(`${at}/secret`);
      assert.equal(await dataOf(page, "useEndpointSecret", "hook.data.key"), key);

      await dataOf(page, "useEndpointHeaders");
      await page.evaluate(
        `hooks.useEndpointHeaders.patchEndpointHeaders({ headers: { "x-shop": "17" } })`,
      );
      await waitUntil(page, `hooks.useEndpointHeaders.data.headers["x-shop"] === "17"`);

      await page.evaluate(
        `hooks.useEndpointFunctions.recoverEndpointMessages({ since: new Date(Date.now() - 60_000) })`,
      );
      const tasks = await read(opened, "/background-task");
      assert.ok(tasks.data.length > 0, "recovering is a task");

      const attemptsOf = async (): Promise<number> =>
        (await read(opened, `/app/${app.id}/attempt/msg/${message}`)).data.length;
      const attempts = await attemptsOf();
      await waitUntil(page, "hooks.useAttemptFunctions");
      await page.evaluate("hooks.useAttemptFunctions.resendAttempt()");
      for (const deadline = performance.now() + 10_000; (await attemptsOf()) <= attempts;) {
        assert.ok(performance.now() < deadline, "the message is sent again");
        await page.waitForTimeout(50);
      }

      await page.evaluate("hooks.useEndpointFunctions.deleteEndpoint()");
      await assert.rejects(server.api.get(at), /answered 404/);
    },
    { origins },
  );
}

/** Calls with the arguments that the hook passes on, and returns the answer or the error as text. */
async function attempt(page: Page, call: string): Promise<unknown> {
  return await page.evaluate(`${call}.then((value) => value ?? null, String)`);
}

/** Fills the form of `useNewEndpoint` and creates the endpoint. Returns it as the API shows it. */
async function create({ page, server }: PageTest): Promise<Readonly<Record<string, unknown>>> {
  await page.evaluate(`
    hooks.useNewEndpoint.url.setValue("https://example.com/new");
    hooks.useNewEndpoint.description.setValue("Of a form");
    hooks.useNewEndpoint.eventTypes.setValue(["message.received"]);
    hooks.useNewEndpoint.rateLimitPerSecond.setValue(7);
  `);
  await waitUntil(page, "hooks.useNewEndpoint.rateLimitPerSecond.value === 7");
  const id = await page.evaluate<string>(
    "hooks.useNewEndpoint.createEndpoint().then(({ endpoint, error }) => endpoint?.id ?? String(error))",
  );
  return await server.api.get(`/app/${server.app.id}/endpoint/${id}`);
}

const UPDATE = `hooks.useEndpointFunctions.updateEndpoint({ url: "https://example.com/b", description: "b" })`;
const HEADERS = `hooks.useEndpointHeaders.updateEndpointHeaders({ headers: { "x-one": "1" } })`;

pageTest(
  "with svix 1, an endpoint is made by useNewEndpoint, replaced, and gets headers",
  async (opened) => {
    const { page, server } = opened;
    const endpoint = await newEndpoint(opened, "replaced");
    await openHooks(opened, "hooks-1", { endpoint });
    await dataOf(page, "useEndpoint");
    await attempt(page, UPDATE);
    await attempt(page, HEADERS);
    const at = `/app/${server.app.id}/endpoint/${endpoint}`;
    assert.equal((await server.api.get(at))["description"], "b");
    assert.deepEqual((await server.api.get(`${at}/headers`))["headers"], { "x-one": "1" });
    const made = await create(opened);
    assert.deepEqual(made["filterTypes"], ["message.received"]);
    assert.equal(made["rateLimit"], 7);
    assert.equal(made["description"], "Of a form");
  },
  { origins },
);

pageTest(
  "with svix 2, the hooks cannot replace an endpoint or its headers, and leave out its types",
  async (opened) => {
    const { page } = opened;
    const endpoint = await newEndpoint(opened, "not-replaced");
    await openHooks(opened, "hooks", { endpoint });
    await dataOf(page, "useEndpoint");
    assert.match(String(await attempt(page, `(async () => ${UPDATE})()`)), /is not a function/);
    assert.match(String(await attempt(page, HEADERS)), /is not a function/);
    const made = await create(opened);
    assert.equal(made["description"], "Of a form");
    assert.equal(made["filterTypes"] ?? null, null);
    assert.equal(made["rateLimit"] ?? null, null);
  },
  { origins },
);

pageTest(
  "a token that may only read gets no secret, and the hook has the refusal",
  async (opened) => {
    const { page, server, expectProblems } = opened;
    expectProblems(/403/);
    await openHooks(opened, "hooks", {
      endpoint: server.app.healthy,
      rights: { readOnly: true },
    });
    await dataOf(page, "useEndpoint");
    await waitUntil(page, "hooks.useEndpointSecret.error !== undefined");
    assert.equal(await page.evaluate("hooks.useEndpointSecret.error.code"), 403);
    assert.equal(await page.evaluate("hooks.useEndpointSecret.data"), undefined);
  },
  { origins },
);
