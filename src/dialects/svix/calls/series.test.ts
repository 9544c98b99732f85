/** The numbers of charts over HTTP. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { eventually } from "../../../../test/harness/engine.ts";
import { startNativeApi, type NativeApi } from "../../../../test/harness/native-api.ts";
import { startReceiver, type Receiver } from "../../../../test/harness/receiver.ts";

let api: NativeApi;
let receiver: Receiver;
let endpointId: string;
before(async () => {
  api = await startNativeApi();
  receiver = await startReceiver();
  await api.svix.application.create({ name: "One", uid: "one" });
  endpointId = (await api.svix.endpoint.create("one", { url: receiver.url, uid: "crm" })).id;
});
after(async () => {
  await api[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});

type Shown = {
  readonly since: string;
  readonly step: number;
  readonly data: readonly {
    readonly endpointId: string | null;
    readonly api: string | null;
    readonly total: {
      readonly results: Readonly<Record<string, number>>;
      readonly receipt: Readonly<Record<string, number | null>>;
    };
    readonly points: readonly { readonly at: string; readonly pending: number | null }[];
  }[];
};

const read = async (path: string) => (await api.call("GET", path)).body as Shown;

test("an attempt appears in the series of its endpoint, its application and all", async () => {
  await api.svix.message.create("one", { eventType: "svix.ping", payload: {} });
  const ofApp = await eventually(
    () => read("/app/one/stats/series"),
    ({ data }) => data[0]?.total.results["ok"] === 1,
  );
  assert.equal(ofApp.step, 900);
  assert.equal(ofApp.data[0]?.points.length, 1);
  assert.equal(typeof ofApp.data[0]?.total.receipt["p95"], "number");
  const ofEndpoint = await read(
    "/app/one/stats/series?endpoint_id=crm&group_by=endpoint&step=60&since=" +
      new Date(Date.now() - 3_600_000).toISOString(),
  );
  assert.deepEqual(
    ofEndpoint.data.map((one) => [one.endpointId, one.total.results["ok"]]),
    [[endpointId, 1]],
  );
  const ofAll = await read("/stats/series?group_by=dialect");
  assert.deepEqual(
    ofAll.data.map((one) => [one.api, one.total.results["ok"]]),
    [["svix", 1]],
  );
});

test("a range with too many points, half minutes and unknown endpoints are refused", async () => {
  for (const [path, status] of [
    ["/stats/series?step=60", 422],
    ["/stats/series?step=90", 422],
    ["/stats/series?group_by=endpoint", 422],
    ["/stats/series?since=2026-05-02T00:00:00Z&until=2026-05-01T00:00:00Z", 422],
    ["/app/one/stats/series?endpoint_id=" + "abcdefghijk".split("").join(","), 422],
    ["/app/one/stats/series?endpoint_id=nothing", 404],
    ["/app/nothing/stats/series", 404],
    ["/stats/series?since=2020-01-01T00:00:00Z", 200],
  ] as const) {
    const { status: got, text } = await api.call("GET", path);
    assert.equal(got, status, `${path}: ${text}`);
  }
});
