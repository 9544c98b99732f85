import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CONTACT,
  toEndpoint,
  toEvent,
  toIndex,
  LINE,
  received,
} from "../../../test/contract/decide.ts";
import type { NewEvent } from "../decide-types.ts";
import type { EndpointMatch } from "./endpoint-match.ts";
import { toFilteredPayload } from "../payload-filter/payload-filter.ts";
import { planDeliveries } from "./match.ts";

function gets(endpoint: Partial<EndpointMatch>, event: NewEvent = received("in-1")): boolean {
  const message = event.canonical?.message
    ? ({ channel: "sms", status: null, media: [] } as const)
    : null;
  const facts = { type: event.type, message };
  const line = message === null ? null : LINE;
  const index = toIndex([toEndpoint(endpoint)]);
  return planDeliveries(event, facts, line, index, toFilteredPayload(event)).length > 0;
}

test("an endpoint without filters gets every event", () => {
  assert.ok(gets({}));
  assert.ok(gets({}, toEvent("invoice.paid", {})));
});

test("a paused endpoint gets its delivery, a disabled or deleted endpoint gets none", () => {
  assert.ok(gets({ status: "paused" }));
  assert.ok(!gets({ status: "disabled" }));
  assert.ok(!gets({ status: "deleted" }));
});

test("svix endpoints filter by event types, other dialects by their event names", () => {
  assert.ok(gets({ eventTypes: ["message.received"] }));
  assert.ok(!gets({ eventTypes: ["message.sent"] }));
  assert.ok(!gets({ eventTypes: [] }));
  assert.ok(gets({ dialect: "zipwhip", eventTypes: ["message/receive"] }));
  assert.ok(!gets({ dialect: "zipwhip", eventTypes: ["message.received"] }));
  assert.ok(gets({ dialect: "chirp" }));
  assert.ok(!gets({ dialect: "chirp" }, toEvent("invoice.paid", {})));
});

test("a Chirp endpoint gets the events whose older names it lists", () => {
  assert.ok(gets({ dialect: "chirp", eventTypes: ["MESSAGE_CREATED"] }));
  assert.ok(!gets({ dialect: "chirp", eventTypes: ["MESSAGE_SENT"] }));
  assert.ok(!gets({ dialect: "svix", eventTypes: ["MESSAGE_CREATED"] }));
});

test("an endpoint without a list of types gets no log of attempts, only one that lists it", () => {
  const log = toEvent("message.attempt.log", {});
  assert.ok(!gets({}, log));
  assert.ok(!gets({ eventTypes: ["message.attempt.failing"] }, log));
  assert.ok(gets({ eventTypes: ["message.attempt.log"] }, log));
});

test("an endpoint with channels gets only events that share one, as in Svix", () => {
  const channels = ["north", "south"];
  assert.ok(!gets({ channels }));
  assert.ok(gets({ channels }, received("in-1", "", { channels: ["south", "west"] })));
  assert.ok(!gets({ channels }, received("in-1", "", { channels: ["west"] })));
  assert.ok(gets({}, received("in-1", "", { channels: ["west"] })));
});

test("an endpoint with tags gets only events that share one", () => {
  assert.ok(!gets({ tags: ["a"] }));
  assert.ok(gets({ tags: ["a"] }, received("in-1", "", { tags: ["b", "a"] })));
});

test("an endpoint with lines gets only events of these lines", () => {
  assert.ok(gets({ lines: [LINE] }));
  assert.ok(!gets({ lines: [CONTACT] }));
  assert.ok(!gets({ lines: [LINE] }, toEvent("invoice.paid", {})));
});

test("an endpoint with a payload filter gets only events for whose payload it is true", () => {
  const filter = "message.text == 'Hello'";
  assert.ok(gets({ filter }));
  assert.ok(!gets({ filter }, received("in-1", "Bye")));
  assert.ok(!gets({ filter, status: "disabled" }));
  assert.ok(!gets({ filter, eventTypes: ["message.sent"] }));
});

test("historical events go only to endpoints that asked for history", () => {
  const old = received("in-1", "", { historical: true });
  assert.ok(!gets({}, old));
  assert.ok(gets({ wantsHistory: true }, old));
  assert.ok(gets({ wantsHistory: true }));
});

test("an event for one endpoint goes to that endpoint alone, regardless of its filters", () => {
  const exampleEvent = received("in-1", "", { onlyEndpointId: "ep_one" });
  const filters = { eventTypes: ["message.sent"], lines: [], filter: "none" };
  assert.ok(gets({ endpointId: "ep_one", ...filters }, exampleEvent));
  assert.ok(!gets({ endpointId: "ep_two" }, exampleEvent));
  assert.ok(!gets({ endpointId: "ep_one", status: "disabled" }, exampleEvent));
});

test("each webhook of an event is a separate delivery, in the order of the endpoints", () => {
  const event = received("in-1");
  const picture = { url: "https://media.example.com/a.jpg", contentType: "image/jpeg" };
  const message = { channel: "mms", status: null, media: [picture, picture] } as const;
  const endpoints = [toEndpoint({ endpointId: "ep_1", dialect: "sendblue" }), toEndpoint()];
  const facts = { type: event.type, message };
  assert.deepEqual(planDeliveries(event, facts, LINE, toIndex(endpoints), null), [
    { endpointId: "ep_1", webhookIndex: 0 },
    { endpointId: "ep_1", webhookIndex: 1 },
    { endpointId: "ep_all", webhookIndex: 0 },
  ]);
});
