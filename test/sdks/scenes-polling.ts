/** A destination that is polled. Older releases poll it and cannot make it, so the story makes it without them. */
import { APP, TYPE, type Scene } from "./scene.ts";

const SINK = [APP, "poller"];
const CONSUMER = [...SINK, "worker"];
const GIVEN = { type: "pollingEndpoint", uid: "poller", eventTypes: [TYPE] };

export const POLLING: readonly Scene[] = [
  {
    name: "a destination is made",
    call: ["destination.create"],
    args: [APP, GIVEN],
    expect: { uid: "poller", id: { like: /^poll_/ }, status: "enabled" },
  },
  {
    name: "destinations are listed",
    call: ["destination.list"],
    args: [APP],
    expect: { data: { length: 1 }, "data.0.uid": "poller" },
  },
  { name: "the destination exists", put: `/app/${APP}/destination/poller`, body: GIVEN },
  {
    name: "a message is published for the poller",
    call: ["message.create"],
    args: [APP, { eventType: TYPE, payload: { sent: 2 } }],
    save: { polled: "id" },
  },
  {
    name: "a destination is polled",
    call: ["message.poller.poll"],
    args: SINK,
    expect: { data: { length: 1 }, "data.0.id": "$polled", "data.0.payload.sent": 2, done: true },
    save: { iterator: "iterator" },
  },
  {
    name: "a poll behind the last message is empty",
    call: ["message.poller.poll"],
    args: SINK,
    options: { iterator: "$iterator" },
    expect: { data: { length: 0 }, done: true },
  },
  {
    name: "a consumer polls",
    call: ["message.poller.consumerPoll"],
    args: CONSUMER,
    expect: { data: { length: 1 }, "data.0.id": "$polled" },
    save: { consumed: "iterator" },
  },
  {
    name: "a consumer moves on",
    call: ["message.poller.consumerPoll"],
    args: CONSUMER,
    options: { iterator: "$consumed" },
    expect: { data: { length: 0 } },
  },
  {
    name: "a consumer is moved back",
    call: ["message.poller.consumerSeek"],
    args: [...CONSUMER, { after: "$since" }],
    expect: { iterator: { like: /^[\w-]{22}$/ } },
  },
  {
    name: "a consumer polls from there",
    after: "a consumer is moved back",
    call: ["message.poller.consumerPoll"],
    args: CONSUMER,
    options: { limit: 2 },
    expect: { data: { length: 2 }, "data.0.id": { not: "$polled" }, done: false },
  },
];
