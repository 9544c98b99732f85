/** An invalid message is refused with the name of its field, and nothing of it is stored. */
import { openBadInput, test422 } from "../../../../test/harness/refusals.ts";

const opened = openBadInput();
const event = (more: object) => ({ body: { eventType: "a.b", payload: {}, ...more } });
const received = (message: object) => ({
  body: {
    eventType: "message.received",
    payload: {
      message: {
        id: "x",
        channel: "sms",
        from: "+12065550188",
        to: "+14255550100",
        text: "",
        ...message,
      },
    },
  },
});

test422(opened, "POST /app/bad/msg", [
  [
    "a type one edit from a canonical one",
    { body: { eventType: "message.recieved", payload: {} } },
    "body.eventType",
  ],
  ["a reserved type", { body: { eventType: "endpoint.disabled", payload: {} } }, "body.eventType"],
  ["a type with a blank", { body: { eventType: "a b", payload: {} } }, "body.eventType"],
  ["no type", { body: { payload: {} } }, "body.eventType"],
  ["no payload", { body: { eventType: "a.b" } }, "body.payload"],
  ["a payload that is a list", event({ payload: [] }), "body.payload"],
  [
    "a payload that breaks its schema",
    received({ from: "206-555-0188" }),
    "body.payload.message.from",
  ],
  [
    "a canonical payload without its message",
    { body: { eventType: "message.sent", payload: {} } },
    "body.payload.message",
  ],
  [
    "an unknown bare message id",
    { body: { eventType: "message.read", payload: { message: { id: "nobody" } } } },
    "body.payload.message.id",
  ],
  ["an unknown field", event({ orderingkey: "a" }), "body.orderingkey"],
  ["an event id like one of ours", event({ eventId: "msg_1" }), "body.eventId"],
  ["six channels", event({ channels: ["a", "b", "c", "d", "e", "f"] }), "body.channels"],
  ["an empty list of channels", event({ channels: [] }), "body.channels"],
  ["a channel with a blank", event({ channels: ["a", "b c"] }), "body.channels.1"],
  ["tags that are no list", event({ tags: "a" }), "body.tags"],
  ["deliverAt in the past", event({ deliverAt: "2020-01-01T00:00:00Z" }), "body.deliverAt"],
  ["deliverAt that is not a time", event({ deliverAt: "tomorrow" }), "body.deliverAt"],
  ["a retention of four days", event({ payloadRetentionPeriod: 4 }), "body.payloadRetentionPeriod"],
  [
    "two retentions",
    event({ payloadRetentionPeriod: 5, payloadRetentionHours: 5 }),
    "body.payloadRetentionHours",
  ],
  [
    "an unknown transformation parameter",
    event({ transformationsParams: { a: 1 } }),
    "body.transformationsParams.a",
  ],
  [
    "an unknown delivery header",
    event({ transformationsParams: { rawPayload: "{}", headers: { "x-a": "1" } } }),
    "body.transformationsParams.headers.x-a",
  ],
  [
    "a payload beside a raw one",
    event({ payload: { a: 1 }, transformationsParams: { rawPayload: "{}" } }),
    "body.payload",
  ],
  [
    "half of a surrogate pair",
    { raw: '{"eventType":"a.b","payload":{},"orderingKey":"\\ud800"}' },
    "body.orderingKey",
  ],
  ["a body that is not JSON", { raw: "{nope" }, "body"],
  ["an empty body", {}, "body"],
  [
    "a body that is not UTF-8",
    { raw: Buffer.from('{"eventType":"a.b","payload":{"a":"\xff"}}', "latin1") },
    "body",
  ],
  ["a body that is a list", { raw: "[]" }, "body"],
  [
    "an integer beyond 64 bits",
    { raw: '{"eventType":"a.b","payload":{"a":99999999999999999999}}' },
    "body",
  ],
]);

test422(opened, "POST /app/nobody/msg", [
  [
    "a new app with another uid than the path",
    event({ application: { name: "A", uid: "b" } }),
    "body.application.uid",
  ],
  ["a new app without a name", event({ application: { uid: "nobody" } }), "body.application.name"],
]);

test422(opened, "POST /app/bad/msg?with_contents=true", [
  ["an unknown parameter", event({}), "query.with_contents"],
]);

test422(opened, "POST /app/bad/msg/batch", [
  ["an empty batch", { raw: "[]" }, "body"],
  ["a batch that is not a list", { raw: "{}" }, "body"],
  [
    "a batch of 1,001",
    { body: Array.from({ length: 1001 }, () => ({ eventType: "a.b", payload: {} })) },
    "body",
  ],
  [
    "a batch with wrong events",
    {
      body: [
        { eventType: "a.b", payload: {} },
        { eventType: "a.b" },
        { eventType: "a.b", payload: 1 },
      ],
    },
    "body.1.payload body.2.payload",
  ],
  [
    "a batch with a slip",
    {
      body: [
        { eventType: "a.b", payload: {} },
        { eventType: "message.recieved", payload: {} },
      ],
    },
    "body.1.eventType",
  ],
  [
    "a batch with an unknown message",
    {
      body: [
        { eventType: "a.b", payload: {} },
        { eventType: "message.read", payload: { message: { id: "nobody" } } },
      ],
    },
    "body.1.payload.message.id",
  ],
  [
    "a line of NDJSON that is not JSON",
    {
      raw: '{"eventType":"a.b","payload":{}}\n{nope\n',
      headers: { "content-type": "application/x-ndjson" },
    },
    "body.1",
  ],
  [
    "an app beside an event of a batch",
    { body: [{ eventType: "a.b", payload: {}, application: { name: "a", uid: "bad" } }] },
    "body.0.application",
  ],
]);
