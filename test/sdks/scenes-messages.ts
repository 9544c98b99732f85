/** Publishing, verifying, reading the deliveries, resending, rotating, replaying and expunging. */
import { APP, ENDPOINT, TYPE, type Scene } from "./scene.ts";

const PAYLOAD = { sent: 1, text: "Hi!" };
const BODY = JSON.stringify(PAYLOAD);
const PUBLISH = { call: ["message.create"], expect: { eventType: TYPE, id: { like: /^msg_/ } } };

export const MESSAGES: readonly Scene[] = [
  {
    name: "a message is published",
    ...PUBLISH,
    args: [APP, { eventType: TYPE, eventId: "one", payload: PAYLOAD }],
    save: { message: "id" },
  },
  {
    name: "it arrives and verifies",
    received: { id: "$message", path: "/first" },
    secrets: ["$secret"],
    body: BODY,
  },
  {
    name: "the same eventId is refused",
    call: ["message.create"],
    args: [APP, { eventType: TYPE, eventId: "one", payload: PAYLOAD }],
    refused: 409,
  },
  {
    name: "a payload that breaks a schema is a 422",
    call: ["message.create"],
    args: [APP, { eventType: "message.received", payload: {} }],
    refused: 422,
  },
  {
    name: "a message is read",
    call: ["message.get"],
    args: [APP, "$message"],
    expect: { id: "$message", eventType: TYPE },
  },
  {
    name: "attempts are listed by message",
    call: ["messageAttempt.listByMsg", "messageAttempt.list"],
    args: [APP, "$message"],
    expect: { data: { length: 1 }, "data.0.responseStatusCode": 200 },
    save: { attempt: "data.0.id" },
    eventually: true,
  },
  {
    name: "attempts are listed by endpoint",
    call: ["messageAttempt.listByEndpoint", "messageAttempt.listAttemptsForEndpoint"],
    args: ENDPOINT,
    expect: { "data.0.msgId": "$message" },
  },
  {
    name: "messages of an endpoint are listed",
    call: ["messageAttempt.listAttemptedMessages"],
    args: ENDPOINT,
    expect: { "data.0.id": "$message" },
  },
  {
    name: "destinations of a message are listed",
    call: ["messageAttempt.listAttemptedDestinations"],
    args: [APP, "$message"],
    expect: { data: { length: 1 }, "data.0.id": "$endpoint" },
  },
  {
    name: "an attempt is read",
    call: ["messageAttempt.get"],
    args: [APP, "$message", "$attempt"],
    expect: { id: "$attempt", response: "thanks" },
  },
  {
    name: "a message is sent again",
    call: ["messageAttempt.resend"],
    args: [APP, "$message", "$endpoint"],
  },
  {
    name: "it arrives a second time, under the same id",
    received: { id: "$message", path: "/first", times: 2 },
    secrets: ["$secret"],
    body: BODY,
  },
  {
    name: "a second message is published",
    ...PUBLISH,
    args: [APP, { eventType: TYPE, payload: PAYLOAD }],
  },
  {
    name: "a third message is published",
    ...PUBLISH,
    args: [APP, { eventType: TYPE, payload: PAYLOAD }],
  },
  {
    name: "messages are paged",
    pages: { call: ["message.list"], args: [APP] },
    items: 3,
  },
  {
    name: "the secret is rotated",
    call: ["endpoint.rotateSecret"],
    args: [...ENDPOINT, {}],
  },
  {
    name: "the new secret is another one",
    call: ["endpoint.getSecret"],
    args: ENDPOINT,
    expect: { key: { not: "$secret" } },
    save: { rotated: "key" },
  },
  {
    name: "a message is published during the overlap",
    ...PUBLISH,
    args: [APP, { eventType: TYPE, payload: PAYLOAD }],
    save: { overlapping: "id" },
  },
  {
    name: "it verifies with both secrets",
    received: { id: "$overlapping", path: "/first" },
    secrets: ["$rotated", "$secret"],
    body: BODY,
  },
  {
    name: "an example is sent",
    call: ["endpoint.sendExample"],
    args: [...ENDPOINT, { eventType: TYPE }],
    save: { example: "id" },
  },
  {
    name: "the example arrives",
    received: { id: "$example", path: "/first" },
    secrets: ["$rotated"],
    body: '{"sent":1}',
  },
  {
    name: "svix.ping is sent",
    call: ["endpoint.sendExample"],
    args: [...ENDPOINT, { eventType: "svix.ping" }],
    save: { ping: "id" },
  },
  {
    name: "svix.ping arrives",
    received: { id: "$ping", path: "/first" },
    secrets: ["$rotated"],
    body: '{"success":true}',
  },
  {
    name: "deliveries are counted",
    call: ["endpoint.getStats"],
    args: ENDPOINT,
    expect: { success: { like: /^[4-6]$/ }, fail: 0 },
  },
  {
    name: "attempts are counted",
    call: ["endpoint.getAttemptStats"],
    args: ENDPOINT,
    expect: { success: { like: /^[5-7]$/ }, fail: 0, canceled: 0 },
  },
  {
    name: "failed messages are recovered",
    call: ["endpoint.recover"],
    args: [...ENDPOINT, { since: "$since" }],
  },
  {
    name: "missing messages are replayed",
    call: ["endpoint.replayMissing"],
    args: [...ENDPOINT, { since: "$since" }],
    save: { task: "id" },
  },
  {
    name: "many messages are replayed",
    call: ["endpoint.bulkReplay"],
    args: [...ENDPOINT, { since: "$since", eventTypes: ["$app.other"] }],
  },
  {
    name: "background tasks are listed",
    call: ["backgroundTask.list"],
    options: { limit: 1 },
    expect: { data: { length: 1 } },
  },
  {
    name: "a background task finishes",
    call: ["backgroundTask.get"],
    args: ["$task"],
    expect: { status: "finished" },
    eventually: true,
  },
  {
    name: "the answer of an attempt is expunged",
    call: ["messageAttempt.expungeContent"],
    args: [APP, "$message", "$attempt"],
  },
  {
    name: "an expunged answer says so",
    after: "the answer of an attempt is expunged",
    call: ["messageAttempt.get"],
    args: [APP, "$message", "$attempt"],
    expect: { response: "EXPUNGED" },
  },
  {
    name: "the content of a message is expunged",
    call: ["message.expungeContent"],
    args: [APP, "$message"],
  },
];
