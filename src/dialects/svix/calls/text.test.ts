/** Texts as the native API shows them: a list with states, one text with its attempts, and refusals. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { eventually } from "../../../../test/harness/engine.ts";
import { startNativeApi, type NativeApi } from "../../../../test/harness/native-api.ts";
import { startReceiver, type Receiver } from "../../../../test/harness/receiver.ts";

type Mark = {
  readonly endpointId: string;
  readonly name: string | null;
  readonly verdict: {
    readonly kind: string;
    readonly since?: string;
    readonly statusCode?: number;
  };
};
type Text = Readonly<
  Record<"id" | "messageId" | "handle" | "ksuid" | "text" | "eventId", string>
> & {
  readonly marks: readonly Mark[];
};
type List = {
  readonly data: readonly Text[];
  readonly iterator: string | null;
  readonly done: boolean;
  readonly searchedTo: string | null;
  readonly endpoints: readonly { readonly id: string; readonly state: string }[];
};
type Story = {
  readonly text: Text;
  readonly events: readonly {
    readonly eventType: string;
    readonly note: string | null;
    readonly cells: readonly (Mark & { readonly attempts: readonly object[] })[];
  }[];
  readonly worst: {
    readonly endpointId: string;
    readonly verdict: { readonly kind: string };
  } | null;
};

const PARTIES = { channel: "sms", from: "+12065550100", to: "+12065550188" };

describe("texts", () => {
  let api: NativeApi;
  let receiver: Receiver;
  let working: string;
  let paused: string;
  before(async () => {
    api = await startNativeApi();
    receiver = await startReceiver();
    await api.svix.application.create({ name: "a", uid: "a" });
    const { url } = receiver;
    working = (await api.svix.endpoint.create("a", { url })).id;
    paused = (await api.svix.endpoint.create("a", { url, disabled: true })).id;
    const message = { id: "m-1", ...PARTIES, text: "Hi!" };
    await api.svix.message.create("a", { eventType: "message.sent", payload: { message } });
    const report = { id: "m-1", status: "delivered_to_handset" };
    await api.svix.message.create("a", {
      eventType: "message.progress",
      payload: { message: report },
    });
    const later = { id: "m-2", ...PARTIES, text: "Ho!" };
    await api.svix.message.create("a", { eventType: "message.sent", payload: { message: later } });
  });
  after(async () => {
    await api[Symbol.asyncDispose]();
    await receiver[Symbol.asyncDispose]();
  });

  const list = async (query = "") => (await api.call("GET", `/app/a/text${query}`)).body as List;
  const isDelivered = ({ marks }: Text) =>
    marks.some(({ verdict }) => verdict.kind === "delivered");

  test("are listed newest first with a mark for each endpoint, and paged", async () => {
    const { data, done, searchedTo, endpoints } = await eventually(
      () => list(),
      (page) => page.data.every(isDelivered),
    );
    assert.deepEqual(
      [data.map(({ messageId }) => messageId), done, searchedTo],
      [["m-2", "m-1"], true, null],
    );
    assert.deepEqual(
      endpoints.map(({ id, state }) => [id, state]),
      [
        [working, "enabled"],
        [paused, "disabled"],
      ],
    );
    const [delivered, disabled] = data[1]?.marks ?? [];
    assert.equal(delivered?.verdict.statusCode, 200);
    assert.match(delivered?.verdict.since ?? "", /^\d{4}-\d\d-\d\dT.*Z$/);
    assert.deepEqual(disabled, {
      endpointId: paused,
      part: 0,
      name: "message.sent",
      verdict: { kind: "disabled" },
    });
    const first = await list("?limit=1");
    assert.deepEqual([first.data.length, first.iterator, first.done], [1, data[0]?.eventId, false]);
    const second = await list(`?limit=1&iterator=${first.iterator}`);
    assert.deepEqual(
      second.data.map(({ messageId }) => messageId),
      ["m-1"],
    );
  });

  test("are selected by status and state, several of each at once", async () => {
    const ids = async (query: string) => (await list(query)).data.map(({ messageId }) => messageId);
    assert.deepEqual(await ids("?status=delivered_to_handset&status=sent"), ["m-1"]);
    assert.deepEqual(await ids("?state=failed,parked"), []);
    assert.deepEqual(await ids(`?state=not_due&endpoint_id=${paused}`), ["m-2", "m-1"]);
    assert.deepEqual(await ids("?number=%2B12065550188&direction=inbound"), []);
  });

  test("have their messages and attempts, and the verdict that needs most attention", async () => {
    const text = (await list()).data[1];
    for (const ref of ["m-1", text?.id, text?.handle, text?.ksuid, text?.eventId]) {
      const { status, body } = await api.call("GET", `/app/a/text/${ref}`);
      const story = body as Story;
      assert.deepEqual([status, story.text.id], [200, text?.id]);
      assert.deepEqual(
        story.events.map(({ eventType, note }) => [eventType, note]),
        [
          ["message.sent", null],
          ["contact.created", null],
          ["message.progress", "delivered_to_handset"],
        ],
      );
      assert.deepEqual(story.worst?.verdict.kind, "disabled");
      const [attempt, ...more] = story.events[0]?.cells[0]?.attempts ?? [];
      assert.partialDeepStrictEqual(attempt, {
        statusCode: 200,
        result: "success",
        reason: null,
        attempt: 1,
        manual: false,
      });
      assert.deepEqual(more, []);
    }
  });

  test("an unknown text and an unknown filter are refused, with the allowed values", async () => {
    const unknown = await api.call("GET", "/app/a/text/m-3");
    assert.deepEqual(
      [unknown.status, JSON.parse(unknown.text).detail],
      [404, 'There is no text "m-3" in this application.'],
    );
    const elsewhere = await api.call("GET", "/app/b/text/m-1");
    assert.equal(elsewhere.status, 404);
    for (const [query, named] of [
      ["?colour=red", "colour"],
      ["?state=broken", "not_due"],
      ["?direction=up", "inbound"],
    ] as const) {
      const refused = await api.call("GET", `/app/a/text${query}`);
      assert.equal(refused.status, 422, refused.text);
      assert.ok(refused.text.includes(named), refused.text);
    }
  });

  test("a viewer sees ids and states, and no number or text", async () => {
    const key = await api.call("POST", "/operator-key", { body: { name: "Eve", role: "viewer" } });
    const { key: token } = key.body as { readonly key: string };
    const [, text] = (await list()).data;
    const { body } = await api.call("GET", "/app/a/text/m-1", { token });
    const shown = (body as Story).text;
    assert.deepEqual(
      { ...shown, from: "", to: "" },
      {
        ...shown,
        from: "",
        to: "",
        id: text?.id,
        handle: text?.handle,
        ksuid: text?.ksuid,
        text: "▒▒▒",
      },
    );
  });
});
