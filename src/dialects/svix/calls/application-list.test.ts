/** The list of applications: found by the beginning of a name or uid, with the work of each in numbers. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startNativeApi, type NativeApi } from "../../../../test/harness/native-api.ts";

let api: NativeApi;
before(async () => {
  api = await startNativeApi();
  for (const [name, uid] of [
    ["The Blue Door", "blue-door"],
    ["Blue Bottle", "bottle"],
    ["Acme", "blueprint"],
    ["Zebra", "zebra"],
  ] as const) {
    await api.svix.application.create({ name, uid });
  }
  await api.svix.endpoint.create("bottle", { url: "https://example.com/", disabled: true });
  await api.svix.message.create("bottle", { eventType: "a.b", payload: {} });
});
after(() => api[Symbol.asyncDispose]());

type Listed = {
  readonly data: readonly { readonly name: string; readonly activity?: object }[];
  readonly iterator: string | null;
  readonly prevIterator: string | null;
  readonly done: boolean;
};

async function list(query: string): Promise<Listed> {
  const { status, body, text } = await api.call("GET", `/app?${query}`);
  assert.equal(status, 200, text);
  return body as Listed;
}

const names = ({ data }: Listed) => data.map(({ name }) => name);

test("applications are found by the beginning of a name, then of a uid, page by page", async () => {
  const found = ["Blue Bottle", "The Blue Door", "Acme"];
  assert.deepEqual(names(await list("q=BLUE")), ["Blue Bottle", "The Blue Door", "Acme"]);
  const first = await list("q=BLUE&limit=2");
  assert.deepEqual([names(first), first.done], [found.slice(0, 2), false]);
  const second = await list(`q=BLUE&limit=2&iterator=${first.iterator}`);
  assert.deepEqual([names(second), second.done], [found.slice(2), true]);
  const back = await list(`q=BLUE&limit=2&iterator=${second.prevIterator}`);
  assert.deepEqual(names(back), found.slice(0, 2));
  assert.deepEqual(names(await list("q=none")), []);
  assert.equal((await api.call("GET", "/app?q=")).status, 422);
});

test("the work of an application is listed on request only", async () => {
  const [plain] = (await list("q=bottle")).data;
  assert.equal(plain?.activity, undefined);
  const [found] = (await list("q=bottle&with_activity=true")).data;
  const activity = found?.activity ?? assert.fail("no activity");
  const one = await api.call("GET", "/app/bottle?with_activity=true");
  assert.deepEqual((one.body as { readonly activity: object }).activity, activity);
  const { lastEventAt, ...counts } = activity as { readonly lastEventAt: string };
  assert.ok(Date.now() - Date.parse(lastEventAt) < 60_000);
  assert.deepEqual(counts, {
    endpoints: 1,
    waiting: 0,
    parked: 0,
    parkedIsExact: true,
    failedAttempts: 0,
  });
});
