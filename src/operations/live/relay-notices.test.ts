/** Two nodes on one PostgreSQL, with a clock that stands still between their looks. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { START, toStoreOptions } from "../../../test/contract/store/harness.ts";
import { createMovedClock, type MovedClock } from "../../../test/harness/moved-clock.ts";
import { makeDatabase, type TestDatabase } from "../../../test/postgres/databases.ts";
import type { LiveNotice } from "../../core/live/notice.ts";
import type { LiveStore } from "../../store/interface/live.ts";
import { openPostgres } from "../../store/postgres/open.ts";
import type { Store } from "../../store/store.ts";
import { createLiveHub, type LiveHub } from "./live-hub.ts";
import type { LiveItem } from "./live-queue.ts";
import { startRelay, type Relay } from "./relay-notices.ts";

const ENDPOINT: LiveNotice = { kind: "endpoint", appId: "app_1", id: "ep_1" };
const GAP: LiveItem = { kind: "gap" };

describe("notices between two nodes", () => {
  const opened = new AsyncDisposableStack();
  let database: TestDatabase;
  let stores: readonly [Store, Store];
  let clock: MovedClock;

  before(async () => {
    database = opened.use(await makeDatabase());
    const open = async () =>
      opened.use(
        await openPostgres(
          database.url,
          toStoreOptions(() => 0, undefined),
        ),
      );
    stores = [await open(), await open()];
    clock = createMovedClock(START);
  });
  after(() => opened.disposeAsync());

  /** A node whose store calls are counted, and whose received texts can be waited for. */
  function startNode(name: string, store: Store) {
    const hub = createLiveHub(clock);
    const texts: (string | null)[] = [];
    const sent: string[] = [];
    const waiting: (() => void)[] = [];
    const wake = (): void => {
      for (const resolve of waiting.splice(0)) resolve();
    };
    let looks = 0;
    const live: LiveStore = {
      ...store.live,
      async watch(p) {
        const found = await store.live.watch(p);
        looks += 1;
        setImmediate(wake);
        return found;
      },
      notify(text) {
        sent.push(text);
        return store.live.notify(text);
      },
      listen(listener) {
        store.live.listen((text) => {
          texts.push(text);
          listener(text);
          wake();
        });
      },
    };
    const relay: Relay = startRelay({ store: live, hub, node: name, clock });
    return {
      hub,
      relay,
      texts,
      sent,
      looks: () => looks,
      async until(condition: () => boolean): Promise<void> {
        while (!condition()) await new Promise<void>((resolve) => waiting.push(resolve));
      },
    };
  }

  function listen(hub: LiveHub) {
    const items: LiveItem[] = [];
    const subscription = hub.subscribe({
      appId: null,
      credential: "operator",
      ofApp: null,
      onItems: () => items.push(...subscription.take()),
      onBeat: () => undefined,
      onStop: () => undefined,
    });
    return { items, end: subscription.end };
  }

  test("a node sends only while another one has clients, and the clients read again at first", async () => {
    const one = startNode("one", stores[0]);
    const two = startNode("two", stores[1]);
    await one.until(() => one.looks() > 0 && one.texts.includes(null));
    await two.until(() => two.looks() > 0 && two.texts.includes(null));
    assert.equal(two.hub.wanted("app_1"), "nothing");

    const client = listen(one.hub);
    await two.until(() => two.hub.wanted("app_1") === "notices");
    clock.moveBy(5_000);
    await one.until(() => one.looks() > 2);
    clock.moveBy(200);
    assert.deepEqual(client.items.splice(0), [GAP]);

    for (let n = 0; n < 3; n++) two.hub.notify(ENDPOINT);
    assert.deepEqual(two.sent, []);
    clock.moveBy(250);
    await one.until(() => one.texts.length > 2);
    clock.moveBy(200);
    assert.deepEqual(client.items.splice(0), [ENDPOINT, ENDPOINT, ENDPOINT]);
    assert.equal(two.sent.length, 1, "one batch");

    const wishes: unknown[] = [];
    two.hub.onWants((wants) => wishes.push(...wants.values()));
    for (let n = 0; n < 1_000; n++) two.hub.notify(ENDPOINT);
    assert.equal(two.hub.wanted("app_1"), "counts", "the batch has no room");
    clock.moveBy(250);
    assert.equal(two.hub.wanted("app_1"), "notices");
    assert.deepEqual(wishes, ["notices", "counts", "notices"], "sender threads hear of it");
    await one.until(() => one.texts.length > 3);
    clock.moveBy(200);
    assert.deepEqual(client.items.splice(0), [GAP]);
    assert.ok(two.sent.every((text) => Buffer.byteLength(text) < 8_000));

    client.end();
    const looked = two.looks();
    await one.until(() => one.looks() > 3);
    clock.moveBy(5_000);
    await two.until(() => two.looks() > looked);
    assert.equal(two.hub.wanted("app_1"), "nothing");
    await Promise.all([one, two].map(({ relay }) => relay[Symbol.asyncDispose]()));
    assert.deepEqual(await database.sql("SELECT * FROM watcher"), []);
  });

  test("the row of a node that has died ends with its lease", async () => {
    const [alive, dead] = [stores[0].live, stores[1].live];
    await dead.watch({ node: "dead", isWatching: true, leaseMs: 0 });
    assert.deepEqual(await alive.watch({ node: "alive", isWatching: false, leaseMs: 0 }), {
      watch: false,
    });
    await dead.watch({ node: "dead", isWatching: true, leaseMs: 1 });
    assert.deepEqual(await alive.watch({ node: "alive", isWatching: false, leaseMs: 0 }), {
      watch: true,
    });
  });
});
