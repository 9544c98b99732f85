/** Lists of failed deliveries through the API: rights, pages, filters and refusals. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { FAILURE_REASONS } from "../../../core/delivery/failure-reasons.ts";
import { startNativeApi, type NativeApi } from "../../../../test/harness/native-api.ts";

type Failed = {
  readonly msgId: string;
  readonly endpointId: string;
  readonly reason: string;
  readonly failedAt: string;
  readonly app?: { readonly id: string };
};
type List = {
  readonly data: readonly Failed[];
  readonly iterator: string | null;
  readonly prevIterator: string | null;
  readonly done: boolean;
  readonly searchedTo: string | null;
};

describe("failed deliveries", () => {
  let api: NativeApi;
  const sent: string[] = [];
  before(async () => {
    api = await startNativeApi({ HOOKLINE_ENDPOINT_BACKLOG: "1" });
    for (const uid of ["a", "b"]) {
      await api.svix.application.create({ name: uid, uid });
      // The first message waits for a paused endpoint, and each further one fails: its quota is used up.
      const { id } = await api.svix.endpoint.create(uid, { url: "http://127.0.0.1:18080/hook" });
      await api.call("POST", `/app/${uid}/endpoint/${id}/pause`);
      for (let n = 0; n < 6; n++) {
        const eventType = n === 5 ? "order.paid" : "order.made";
        const made = await api.svix.message.create(uid, { eventType, payload: { n } });
        if (uid === "a" && n > 0) sent.unshift(made.id);
      }
    }
  });
  after(async () => await api[Symbol.asyncDispose]());

  async function list(path: string, token?: string): Promise<List> {
    const answer = await api.call("GET", path, token === undefined ? {} : { token });
    assert.equal(answer.status, 200, answer.text);
    return answer.body as List;
  }

  test("an application has its own, the newest first, and pages go both ways", async () => {
    const { data } = await list("/app/a/delivery");
    assert.deepEqual(
      data.map(({ msgId }) => msgId),
      sent,
    );
    assert.ok(data.every(({ reason, app }) => reason === "backlog_full" && app === undefined));
    const first = await list("/app/a/delivery?state=failed&limit=2");
    const second = await list(`/app/a/delivery?limit=2&iterator=${first.iterator}`);
    assert.deepEqual(
      [...first.data, ...second.data].map(({ msgId }) => msgId),
      sent.slice(0, 4),
    );
    const back = await list(`/app/a/delivery?limit=2&iterator=${second.prevIterator}`);
    assert.deepEqual([back.data, back.done], [first.data, true]);
    const { failedAt = "" } = data[0] ?? {};
    const until = encodeURIComponent(failedAt);
    const before = await list(`/app/a/delivery?failed_until=${until}&event_type=order.paid`);
    assert.deepEqual([before.data, before.searchedTo], [[], null]);
  });

  test("the operator has those of all applications, each with its application", async () => {
    const { data } = await list("/delivery?reason=backlog_full,5xx&event_type=order.paid");
    assert.equal(new Set(data.map(({ app }) => app?.id)).size, 2);
    const { endpointId = "" } = data[0] ?? {};
    assert.equal((await list(`/delivery?endpoint_id=${endpointId}`)).data.length, 5);
    assert.equal((await list("/delivery?reason=timeout")).data.length, 0);
    assert.equal((await list("/delivery?status_code_class=0")).data.length, 0);
  });

  test("a request that cannot be meant is refused by name", async () => {
    const refuse = async (query: string) => {
      const { status, body } = await api.call("GET", `/app/a/delivery?${query}`);
      assert.equal(status, 422);
      const [problem] = (body as { detail: { loc: string[]; msg: string }[] }).detail;
      return [problem?.loc.join("."), problem?.msg ?? ""] as const;
    };
    const [field, words] = await refuse("reason=sunspots");
    assert.equal(field, "query.reason.0");
    for (const reason of FAILURE_REASONS) assert.ok(words.includes(reason), words);
    assert.equal((await refuse("state=delivered"))[0], "query.state");
    assert.equal((await refuse("status=2"))[0], "query.status");
    assert.equal((await refuse("iterator=msg_2srOrx2ZWZBpBUvZwXKQmoEYga1"))[0], "query.iterator");
    const range = "failed_since=2026-01-02T00:00:00Z&failed_until=2026-01-01T00:00:00Z";
    assert.equal((await refuse(range))[0], "query.failed_until");
    assert.equal((await api.call("GET", "/app/none/delivery")).status, 404);
  });

  test("a dry run counts and changes nothing, and the replay makes a task per endpoint", async () => {
    const send = async (path: string, body: object, headers = {}) =>
      await api.call("POST", path, { body, headers });
    const body = { failedSince: "2026-01-01T00:00:00Z", reasons: ["backlog_full"] };
    const dry = await send("/replay?dry_run=true", body);
    const { estimate, isExact, endpoints } = dry.body as {
      readonly estimate: number;
      readonly isExact: boolean;
      readonly endpoints: readonly { endpointId: string; state: string; breaker: string }[];
    };
    assert.deepEqual([dry.status, estimate, isExact], [200, 10, true]);
    assert.ok(endpoints.every(({ state, breaker }) => state === "paused" && breaker === "closed"));
    const { endpointId = "" } = (await list("/app/a/delivery")).data[0] ?? {};
    const one = `/app/a/endpoint/${endpointId}`;
    for (const path of [`${one}/recover`, `${one}/bulk-replay`]) {
      const answer = await send(`${path}?dry_run=true`, body);
      assert.deepEqual([answer.status, answer.body], [200, { estimate: 5, isExact: true }]);
    }
    const none = { since: "2026-01-01T00:00:00Z" };
    const missed = await send(`${one}/replay-missing?dry_run=true`, none);
    assert.deepEqual(missed.body, { estimate: 0, isExact: true });
    const tasks = async () =>
      ((await api.call("GET", "/background-task")).body as { data: { data: object }[] }).data;
    assert.equal((await tasks()).length, 0);
    assert.equal((await list("/delivery")).data.length, 10);

    const key = { "idempotency-key": "again" };
    const made = await send("/app/a/replay", body, key);
    assert.equal(made.status, 202, made.text);
    const { groupId } = made.body as { readonly groupId: string };
    assert.deepEqual(made.body, { groupId, tasks: 1 });
    assert.deepEqual((await send("/app/a/replay", body, key)).body, made.body);
    const [task] = await tasks();
    const startedBy = { kind: "admin_token", id: "operator", name: null };
    const named = { appName: "a", endpointName: "127.0.0.1:18080/hook" };
    const facts = { groupId, startedBy, reasons: ["backlog_full"], ...named };
    assert.partialDeepStrictEqual(task?.data, facts);
    const stop = `/background-task/group/${groupId}/cancel`;
    assert.equal((await api.call("POST", "/background-task/group/qgroup_x/cancel")).status, 404);
    const stopped = await api.call("POST", stop);
    assert.deepEqual([stopped.status, stopped.body], [200, { cancelled: 1 }]);
    const [ended] = await tasks();
    assert.partialDeepStrictEqual(ended?.data, { reason: "cancelled" });
    const audit = (await api.call("GET", "/audit")).body as { data: { verb: string }[] };
    const verbs = audit.data.map(({ verb }) => verb);
    assert.deepEqual(
      verbs.filter((verb) => /replay|recover/i.test(verb)),
      ["replayFailedDeliveriesOfApplication"],
    );
    const overview = (await api.call("GET", "/overview")).body as { failedForGood: object };
    assert.partialDeepStrictEqual(overview.failedForGood, { isExact: true, endpoints: 2 });
  });

  test("a replay that cannot be meant is refused by name", async () => {
    const { endpointId = "" } = (await list("/app/b/delivery")).data[0] ?? {};
    const refuse = async (path: string, body: object) => {
      const { status, body: refused } = await api.call("POST", path, { body });
      assert.equal(status, 422);
      return (refused as { detail: { loc: string[] }[] }).detail.map(({ loc }) => loc.join("."));
    };
    const since = "2026-01-02T00:00:00Z";
    const ranged = { failedSince: since, failedUntil: "2026-01-01T00:00:00Z" };
    const one = `/app/b/endpoint/${endpointId}`;
    for (const path of ["/replay", "/app/b/replay", `${one}/recover`, `${one}/bulk-replay`]) {
      assert.deepEqual(await refuse(path, ranged), ["body.failedUntil"]);
      const unknown = { failedSince: since, reasons: ["sunspots"] };
      assert.deepEqual(await refuse(path, unknown), ["body.reasons.0"]);
      assert.deepEqual(await refuse(`${path}?dryrun=true`, ranged), ["query.dryrun"]);
    }
    assert.deepEqual(await refuse(`${one}/recover`, {}), ["body.since"]);
    assert.deepEqual(await refuse("/replay", {}), ["body.failedSince"]);
    const delivered = { failedSince: since, status: 0 };
    assert.deepEqual(await refuse(`${one}/bulk-replay`, delivered), ["body.status"]);
  });
});
