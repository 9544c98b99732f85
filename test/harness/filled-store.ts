/**
 * A store with every kind of data. It has deliveries that are pending, parked, ordered, behind an open
 * breaker, failed, delivered and replayed. It has texts, opt-outs, attachments, jobs in progress, encrypted
 * values, and used idempotency keys. All data is written through the interface.
 */
import { createHash } from "node:crypto";
import { writeDetail } from "../../src/core/delivery/attempt-detail.ts";
import { makeJobs } from "./filled-jobs.ts";
import { DAY, finish, HOUR, MINUTE, nextId, idempotencyKey } from "../contract/store/steps.ts";
import { sampleType } from "../contract/store/event-types.ts";
import {
  encryptedWith,
  makeApp,
  mustPublish,
  newAttempt,
  newEvent,
  newLine,
  outcome,
  receivedText,
  SAMPLE_DETAIL,
} from "../contract/store/fixtures.ts";
import { START } from "../contract/store/harness.ts";
import { textWithMedia } from "../contract/store/message-steps.ts";
import type { Endpoint } from "../../src/store/interface/endpoints.ts";
import type { LeasedDelivery } from "../../src/store/queue/leased-delivery.ts";
import type { Store } from "../../src/store/store.ts";

export { START };
const FINGERPRINT = "0123456789abcdef";
/** An instant at which every pending delivery is due. */
export const ALL_DUE = START + 2 * HOUR;
const OWNER = "node-before";

export type Filled = {
  readonly appIds: readonly string[];
  readonly goneAppId: string;
  readonly endpointIds: readonly string[];
  readonly usernames: readonly string[];
  readonly secretHashes: readonly Uint8Array[];
  readonly sessionHashes: readonly Uint8Array[];
  /** The events that were published under this key. */
  readonly published: { readonly key: string; readonly ids: readonly string[] };
  readonly runningJobs: readonly string[];
};

/** `url` is the origin of the endpoints, each of which has a separate path. */
export async function fillStore(store: Store, url: string): Promise<Filled> {
  await store.encryption.registerKeys({ fingerprint: FINGERPRINT, previous: null });
  await store.eventTypes.seed({
    eventTypes: [
      sampleType("invoice.paid", {
        description: "Paid",
        deprecated: true,
        groupName: "invoice",
        featureFlags: ["beta"],
        custom: true,
        schemas: '{"1":{"type":"object"}}',
      }),
    ],
  });
  const at = (path: string, fields: Partial<Endpoint> = {}): Partial<Endpoint> => ({
    url: `${url}/${path}`,
    authentication: [],
    secrets: [],
    ...fields,
  });
  const { app, endpoints } = await makeApp(
    store,
    at("plain", { uid: "plain", metadata: { a: "1" }, channels: null }),
    at("paused", { shard: 8 }),
    at("gone", { shard: 9 }),
    at("broken", { shard: 10 }),
    at("ordered", { shard: 11, eventTypes: ["order.moved"] }),
    at("texts", { shard: 12, dialect: "zipwhip", lines: ["+12065550199"] }),
    at("replayed", { shard: 13, eventTypes: ["replay.me"] }),
    at("missed", { shard: 14, eventTypes: ["nothing.yet"], filter: "again >= `0`" }),
    at("encrypted", {
      shard: 15,
      eventTypes: ["never.sent"],
      authentication: ["standard-v1"],
      secrets: [{ encrypted: encryptedWith(1), createdAt: START, expiresAt: null }],
      encryptedHeaders: encryptedWith(1),
      headerNames: ["X-Key"],
      encryptedTls: encryptedWith(1),
      encryptedUserinfo: encryptedWith(1),
    }),
  );
  const [plain, paused, gone, broken, , texts, replayed, missed] = endpoints as [
    Endpoint,
    Endpoint,
    Endpoint,
    Endpoint,
    Endpoint,
    Endpoint,
    Endpoint,
    Endpoint,
  ];
  const other = await makeApp(store, at("other", { shard: 20 }));
  const goneApp = await makeApp(store, at("gone-app", { shard: 21 }));
  const change = { appRef: app.id, now: START + 1 };

  const key = "publish-1";
  const first = [1, 2, 3].map((n) =>
    newEvent({
      eventId: `first-${n}`,
      channels: ["blue"],
      tags: ["even"],
      payloadText: `{"n":${n},"text":"Ünïcode \\u0000 🦊 \\" \\\\ {}"}`,
    }),
  );
  await mustPublish(store, app.id, first, { idempotencyKey: idempotencyKey(key) });
  const engine = await holdAll(store);
  await mustPublish(store, app.id, [
    newEvent({ deliverAt: START + HOUR }),
    newEvent({ retentionMs: DAY, payloadText: '{"short":true}' }),
  ]);
  await makePoller(store, app.id);
  await publishTexts(store, app.id);
  for (let n = 1; n <= 4; n++) {
    const orderingKey = n === 4 ? "b" : "a";
    const event = newEvent({ type: "order.moved", orderingKey, payloadText: `{"order":${n}}` });
    await mustPublish(store, app.id, [event], { acceptedAt: START + n });
  }
  for (let n = 0; n < 6; n++) {
    const event = newEvent({ type: "replay.me", payloadText: `{"again":${n}}` });
    await mustPublish(store, app.id, [event], { acceptedAt: START + n * MINUTE });
  }
  await mustPublish(store, other.app.id, [receivedText({ id: "m-1", text: "elsewhere" })]);
  await mustPublish(store, goneApp.app.id, [newEvent(), newEvent()]);

  const leased = engine.splice(0);
  const of = ({ endpointId }: Endpoint): LeasedDelivery[] =>
    leased.filter((one) => one.endpointId === endpointId);
  const [delivered, retried, exhausted, ...back] = of(plain);
  await finish(store, take(delivered), { state: "delivered" }, { at: START + 5 });
  const later = { state: "pending", slot: 2, dueAt: START + MINUTE } as const;
  await finish(store, take(retried), later, { at: START + 6 });
  await finish(store, take(exhausted), { state: "failed", reason: "exhausted" }, { at: START + 7 });
  await store.queue.release({ deliveries: back, dueAt: null });
  await finish(store, of(replayed), { state: "delivered" }, { at: START + HOUR });
  await openBreaker(store, of(broken));
  await finish(store, of(texts).slice(0, 1), { state: "delivered" }, { at: START + 8 });
  // The other leased deliveries stay leased, as after a crash.

  await store.endpoints.update({ ...change, ref: paused.endpointId, change: { status: "paused" } });
  await store.endpoints.update({ ...change, ref: gone.endpointId, change: { status: "deleted" } });
  await store.endpoints.update({
    ...change,
    ref: missed.endpointId,
    change: { eventTypes: ["replay.me"] },
  });
  await store.apps.delete({ ref: goneApp.app.id, now: START + 2 });
  await store.history.expungeEvent({ appRef: app.id, eventId: first[2]?.id ?? "", now: START + 3 });
  await store.queue.replay({
    appRef: app.id,
    eventId: first[0]?.id ?? "",
    endpointRef: plain.endpointId,
    now: START + 9,
    idempotencyKey: idempotencyKey("replay-1"),
  });
  const usernames = ["Desk@acme.example", "Ada@acme.example"] as const;
  const line = await store.lines.create({ line: newLine(app.id, { username: usernames[0] }) });
  const login = { id: "login_ada", username: usernames[1], passwordHash: "s", createdAt: START };
  await store.lines.createLogin({ appRef: app.id, ref: line.id, login });
  const sessionHashes = [hash("session"), hash("session of a login")];
  for (const [i, sessionHash] of sessionHashes.entries()) {
    const loginId = i === 0 ? undefined : login.id;
    await store.lines.openSession({ lineId: line.id, loginId, sessionHash, now: START });
  }
  const listed = receivedText({ id: "listed", from: "+12065550177", to: line.number });
  await mustPublish(store, app.id, [listed], { acceptedAt: START + 10 * MINUTE });
  const secretHashes = [hash("key")];
  for (const secretHash of secretHashes) {
    await store.keys.create({
      key: {
        id: nextId("key_"),
        appId: app.id,
        kind: "sendblue",
        scopes: ["webhooks"],
        secretHash,
        keyId: "public",
        createdAt: START,
        revokedAt: null,
      },
    });
  }
  const runningJobs = await makeJobs(store, app.id, { replayed, missed });
  await store.upkeep.sweep({
    now: START + HOUR,
    retentionMs: 30 * DAY,
    dedupeWindowMs: 2 * DAY,
    sliceMs: HOUR,
  });
  return {
    appIds: [app.id, other.app.id],
    goneAppId: goneApp.app.id,
    endpointIds: [...endpoints, ...other.endpoints].map(({ endpointId }) => endpointId),
    usernames,
    secretHashes,
    sessionHashes,
    published: { key, ids: first.map(({ id }) => id) },
    runningJobs,
  };
}

/**
 * Publishes texts with pictures, one too long for its webhook, a derived opt-out, and a status report on a
 * text.
 */
async function publishTexts(store: Store, appRef: string): Promise<void> {
  const media = [
    { url: "https://example.com/a.png", contentType: "image/png", fileName: "a.png" },
    { url: "https://example.com/b.png", contentType: "image/png", sizeBytes: 7 },
  ];
  await mustPublish(store, appRef, [
    textWithMedia("m-1", media),
    receivedText({ id: "m-2", text: `long ${"x".repeat(12_000)}` }),
    receivedText({ id: "m-3", text: "stop", from: "+12065550111" }),
  ]);
  const read = newEvent({
    type: "message.read",
    payloadText: '{"message":{"id":"m-1"}}',
    canonical: { message: { id: "m-1", direction: "inbound" } },
  });
  await mustPublish(store, appRef, [read], { acceptedAt: START + 20 });
}

async function openBreaker(store: Store, leased: readonly LeasedDelivery[]): Promise<void> {
  const [failing, ...rest] = leased;
  const breaker = { openedAt: START, probeAt: START + 30 * MINUTE, step: 1, failedAt: START };
  for (const delivery of take(failing)) {
    const next = { state: "pending", slot: 2, dueAt: START + MINUTE } as const;
    const attempt = newAttempt({
      isResent: true,
      succeeded: false,
      statusCode: 503,
      response: "not now",
      detail: writeDetail(SAMPLE_DETAIL),
    });
    const health = { failingSince: START, firstGoneAt: null, warnedAt: null };
    const outcomes = [
      {
        ...outcome(delivery, next),
        attempt,
        breaker,
        health,
        pausedUntil: START + 50,
      },
    ];
    await store.queue.record({ outcomes, now: START });
  }
  await store.queue.release({ deliveries: rest, dueAt: null });
}

/** A poller in the middle of the feed, with a consumer that has polled. */
async function makePoller(store: Store, appRef: string): Promise<void> {
  const poller = {
    id: nextId("poll_"),
    uid: "poller",
    isEnabled: true,
    eventTypes: ["order.moved"],
    channels: null,
    metadata: { a: "1" },
    createdAt: START,
    updatedAt: START,
  };
  await store.pollers.create({ appRef, poller, idempotencyKey: null });
  const page = await store.history.feed({ appRef, after: null, limit: 2 });
  const cursor = page?.next ?? "";
  const after = { cursor, nextCursor: cursor, since: START };
  const at = { appRef, pollerId: poller.id, consumer: "worker" };
  await store.pollers.moveConsumer({ ...at, before: null, after, now: START });
}

async function holdAll(store: Store): Promise<LeasedDelivery[]> {
  const leased: LeasedDelivery[] = [];
  store.queue.listen({ owner: OWNER, onLeased: (more) => void leased.push(...more) });
  await store.shards.hold({ owner: OWNER, atMost: 256, leaseMs: 15_000 });
  const { endpointIds } = await store.queue.dueEndpoints({
    owner: OWNER,
    now: START,
    limit: 100,
    except: [],
  });
  const claimed = await store.queue.claim({
    owner: OWNER,
    now: START,
    endpoints: endpointIds.map((endpointId) => ({ endpointId, room: 100 })),
  });
  leased.push(...claimed.leased);
  return leased;
}

function take<T>(one: T | undefined): readonly T[] {
  return one === undefined ? [] : [one];
}

function hash(text: string): Uint8Array {
  return new Uint8Array(createHash("sha256").update(text).digest());
}
