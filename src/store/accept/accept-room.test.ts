import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { newEvent } from "../../../test/contract/store/fixtures.ts";
import type { Publish, PublishResult } from "../interface/accept.ts";
import { createAcceptRoom } from "./accept-room.ts";

describe("room of the accept queue", () => {
  const limits = { eventsWaiting: 50, eventsWaitingInAll: 100 };
  const publish = (appRef: string, events: number): Publish => ({
    appRef,
    createApp: null,
    events: Array.from({ length: events }, () => newEvent()),
    onDuplicate: "refuse",
    idempotencyKey: null,
    acceptedAt: 0,
  });
  const accepted = (appId: string): PublishResult => ({
    kind: "accepted",
    appId,
    events: [],
    repeated: false,
    acceptedAt: 0,
  });

  test("an application above its limit is refused by the limit's name, and others have room", () => {
    const room = createAcceptRoom(limits);
    const first = publish("app_a", 40);
    const place = room.enter(first);
    assert.throws(() => room.enter(publish("app_a", 11)), {
      code: "rate_limited",
      retryAfterSeconds: 1,
      message: /events_waiting/,
    });
    room.enter(publish("app_b", 50));
    room.leave(place, first, null);
    room.enter(publish("app_a", 11));
  });

  test("a publish larger than the limit passes when its application has nothing waiting", () => {
    const room = createAcceptRoom(limits);
    const large = publish("app_a", 80);
    const place = room.enter(large);
    assert.throws(() => room.enter(publish("app_a", 1)), { code: "rate_limited" });
    room.leave(place, large, null);
    room.enter(publish("app_a", 200));
  });

  test("an application's own limit holds from its next accepted publish until it has none", () => {
    const room = createAcceptRoom(limits);
    const one = publish("app_a", 1);
    const answer = (own: Partial<PublishResult>) => {
      room.leave(room.enter(one), one, { ...accepted("app_a"), ...own } as PublishResult);
    };
    answer({ ownEventsWaiting: 5 });
    const place = room.enter(publish("app_a", 5));
    assert.throws(() => room.enter(one), { message: /at most 5 events may wait/ });
    room.enter(publish("app_b", 40));
    room.leave(place, one, null);
    answer({});
    room.enter(publish("app_a", 5));
    room.enter(one);
  });

  test("in a full queue an application below its share has room, up to twice the limit", () => {
    const room = createAcceptRoom(limits);
    for (const app of ["app_a", "app_b"]) room.enter(publish(app, 50));
    assert.throws(() => room.enter(publish("app_c", 34)), { code: "overloaded" });
    room.enter(publish("app_c", 33));
    assert.throws(() => room.enter(publish("app_c", 1)), { code: "overloaded" });
    room.enter(publish("app_d", 25));
    room.enter(publish("app_e", 20));
    room.enter(publish("app_f", 16));
    assert.throws(() => room.enter(publish("app_g", 7)), { code: "overloaded" });
    room.enter(publish("app_g", 6));
  });

  test("long events take the room of several", () => {
    const room = createAcceptRoom(limits);
    const event = { ...newEvent(), payloadText: "x".repeat(100 * 1024) };
    room.enter({ ...publish("app_a", 0), events: [event, event] });
    assert.throws(() => room.enter(publish("app_a", 1)), { code: "rate_limited" });
  });

  test("an id and a uid of one application count together once the uid was accepted", () => {
    const room = createAcceptRoom(limits);
    const byUid = publish("uid-a", 1);
    room.leave(room.enter(byUid), byUid, accepted("app_a"));
    room.enter(publish("app_a", 40));
    assert.throws(() => room.enter(publish("uid-a", 11)), { code: "rate_limited" });
    room.enter(publish("uid-b", 11));
  });

  test("a uid that moves to another application counts for that one", () => {
    const room = createAcceptRoom(limits);
    const byUid = publish("uid-a", 1);
    room.leave(room.enter(byUid), byUid, accepted("app_a"));
    room.leave(room.enter(byUid), byUid, accepted("app_b"));
    assert.equal(room.enter(byUid).app, "app_b");
  });
});
