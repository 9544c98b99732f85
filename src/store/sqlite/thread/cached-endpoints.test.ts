import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { toLimitValues } from "../../../core/limits.ts";
import { newApp, newEndpoint } from "../../../../test/contract/store/fixtures.ts";
import { START } from "../../../../test/contract/store/harness.ts";
import type { Endpoint, EndpointChange } from "../../interface/endpoints.ts";
import { DEFAULT_LEASE_ROOM } from "../../queue/lease-room.ts";
import { insertApp } from "../../tenancy/apps.ts";
import { MEMORY } from "../connection.ts";
import { runNow } from "../session.ts";
import { createCachedEndpoints } from "./cached-endpoints.ts";
import { runGroup, type Operations } from "./group-commit.ts";
import { openWriter, type OpenWriter } from "./make-writer.ts";
import type { Writer } from "./writer-types.ts";
import { WRITES } from "./writes.ts";

const EVENT = { onlyEndpointId: null, historical: false, channels: [], tags: [] };

describe("cached endpoints of the writer", () => {
  const decide = {
    optOutMatch: "word",
    stopKeywords: [],
    unstopKeywords: [],
    largeTextBytes: 1e6,
  } as const;
  const app = newApp();
  let open: OpenWriter;
  let writer: Writer;
  let appSeq: number;
  let endpoints: readonly Endpoint[];
  beforeEach(() => {
    open = openWriter({
      path: MEMORY,
      decide,
      leaseRoom: DEFAULT_LEASE_ROOM,
      limits: toLimitValues(),
    });
    ({ writer } = open);
    appSeq = runNow(insertApp(writer.session, app));
    endpoints = ["a", "b", "c", "d"].map((type) => newEndpoint(app.id, { eventTypes: [type] }));
    for (const endpoint of endpoints) create(endpoint);
  });
  afterEach(() => open.close());

  function create(endpoint: Endpoint): void {
    WRITES["endpoints.create"](writer, { appRef: app.id, endpoint, idempotencyKey: null });
  }

  function change(ref: string, fields: EndpointChange): void {
    WRITES["endpoints.update"](writer, { appRef: app.id, ref, change: fields, now: START });
  }

  function idOf(place: number): string {
    return endpoints[place]?.endpointId ?? assert.fail();
  }

  /** The places of the endpoints that get an event of this type; -1 is a new endpoint. */
  function findPlaces(type: string): readonly number[] {
    const found = writer.state
      .loadEndpoints(appSeq)
      .findWanting(EVENT, { type, message: null }, null, null);
    return found.map(({ endpointId }) =>
      endpoints.findIndex((one) => one.endpointId === endpointId),
    );
  }

  test("after a change, the changed endpoint alone is read again", () => {
    const read: string[] = [];
    const cached = createCachedEndpoints({
      ...writer,
      sql: (text) => {
        read.push(text.slice(text.lastIndexOf("WHERE")));
        return writer.sql(text);
      },
    });
    assert.equal(cached.load(appSeq).size, 4);
    assert.equal(read.length, 1);
    change(idOf(1), { eventTypes: ["d"] });
    cached.forget(appSeq, [idOf(1)]);
    const index = cached.load(appSeq);
    assert.deepEqual(index.find(idOf(1))?.eventTypes, ["d"]);
    assert.equal(cached.find(idOf(1)), index.find(idOf(1)));
    assert.equal(cached.load(appSeq), index);
    assert.deepEqual(read.slice(1), ["WHERE id = ?"]);
  });

  test("creations, changes and deletions reach the index", () => {
    assert.deepEqual(findPlaces("a"), [0]);
    create(newEndpoint(app.id, { eventTypes: ["a"] }));
    assert.deepEqual(findPlaces("a"), [0, -1]);
    change(idOf(2), { eventTypes: ["a", "c"] });
    assert.deepEqual(findPlaces("a"), [0, 2, -1]);
    change(idOf(0), { status: "disabled" });
    change(idOf(2), { status: "deleted" });
    assert.deepEqual(findPlaces("a"), [-1]);
    change(idOf(0), { status: "enabled" });
    assert.deepEqual(findPlaces("a"), [0, -1]);
    assert.deepEqual(findPlaces("c"), []);
    WRITES["apps.delete"](writer, { ref: app.id, now: START });
    assert.deepEqual(findPlaces("a"), []);
  });

  for (const isWholeGroup of [true, false]) {
    const place = isWholeGroup ? "group" : "call";
    test(`a ${place} that is rolled back leaves the index as it was`, () => {
      assert.deepEqual(findPlaces("a"), [0]);
      const seen: (readonly number[])[][] = [];
      const breakAfterChanges = () => {
        create(newEndpoint(app.id, { eventTypes: ["a"] }));
        change(idOf(0), { eventTypes: ["b"] });
        change(idOf(1), { status: "deleted" });
        const cached = writer.state.endpoint(idOf(3)) ?? assert.fail();
        writer.state.setProbeAt(cached, START);
        seen.push([findPlaces("a"), findPlaces("b")]);
        if (isWholeGroup) writer.db.exec("ROLLBACK");
        throw new TypeError("a bug after writes");
      };
      const operations: Operations = {
        keep: () => change(idOf(2), { eventTypes: ["a", "c"] }),
        broken: breakAfterChanges,
      };
      const { answers } = runGroup(writer, {
        calls: [
          { id: 0, name: "keep", p: null },
          { id: 1, name: "broken", p: null },
        ],
        operations,
        failpoint: null,
      });
      assert.deepEqual(
        answers.map(({ ok }) => ok),
        isWholeGroup ? [false, false] : [true, false],
      );
      assert.deepEqual(seen.at(-1), [[2, -1], [0]]);
      assert.deepEqual(findPlaces("a"), isWholeGroup ? [0] : [0, 2]);
      assert.deepEqual(findPlaces("b"), [1]);
      assert.equal(writer.state.endpoint(idOf(3))?.probeAt, null);
      assert.equal(writer.state.loadEndpoints(appSeq).find(idOf(3))?.probeAt, null);
    });
  }
});
