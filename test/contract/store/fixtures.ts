/** Applications, endpoints, events and outcomes as a caller creates them. They are valid by default. */
import { randomBytes } from "node:crypto";
import type { AttemptDetail } from "../../../src/core/delivery/attempt-detail.ts";
import type { NewEvent } from "../../../src/core/decide-types.ts";
import { createIdSource } from "../../../src/core/ids/ids.ts";
import type { PublishResult, Publish } from "../../../src/store/interface/accept.ts";
import type { Endpoint } from "../../../src/store/interface/endpoints.ts";
import type { RecordedOutcome } from "../../../src/store/interface/queue.ts";
import type { Snapshot } from "../../../src/core/snapshot.ts";
import type { LeasedDelivery } from "../../../src/store/queue/leased-delivery.ts";
import type { Store } from "../../../src/store/store.ts";
import type { App, RegisteredLine } from "../../../src/store/interface/tenancy.ts";
import { START } from "./harness.ts";

const ids = createIdSource({ now: () => START, randomBytes: (count) => randomBytes(count) });

export function newApp(fields: Partial<App> = {}): App {
  return {
    id: ids.next("app_"),
    uid: null,
    name: "Test",
    throttleRate: null,
    signatureHeaders: null,
    metadata: {},
    test: false,
    createdAt: START,
    updatedAt: START,
    ...fields,
  };
}

/** The id of a key that no test registers or retires. */
const UNREGISTERED_KEY = 200;

export function newEndpoint(appId: string, fields: Partial<Endpoint> = {}): Endpoint {
  return {
    endpointId: ids.next("ep_"),
    appId,
    uid: null,
    dialect: "svix",
    status: "enabled",
    eventTypes: null,
    channels: null,
    tags: null,
    lines: null,
    wantsHistory: false,
    url: "https://example.com/hook",
    method: "POST",
    description: "",
    metadata: {},
    authentication: ["standard-v1"],
    encryptedHeaders: null,
    headerNames: [],
    secrets: [{ encrypted: encryptedWith(UNREGISTERED_KEY), createdAt: START, expiresAt: null }],
    throttleRate: null,
    timeoutMs: null,
    tlsMinVersion: null,
    signatureHeaders: null,
    encryptedTls: null,
    encryptedUserinfo: null,
    retrySchedule: null,
    filter: null,
    dialectOptions: null,
    disabledReason: null,
    shard: 7,
    version: 1,
    createdAt: START,
    updatedAt: START,
    ...fields,
  };
}

/** A value with the layout of `encrypt`, which no test decrypts. */
export function encryptedWith(keyId: number): Uint8Array {
  return Uint8Array.of(keyId, ...randomBytes(40));
}

export function newLine(appId: string, more: Partial<RegisteredLine> = {}): RegisteredLine {
  return {
    id: ids.next("line_"),
    appId,
    number: "+12065550100",
    deviceId: 123_456_789,
    name: "Front desk",
    username: "Desk@acme.example",
    passwordHash: "scrypt$…",
    payloadGeneration: "2020",
    createdAt: START,
    ...more,
  };
}

/** An event of a publisher's custom type. */
export function newEvent(fields: Partial<NewEvent> = {}): NewEvent {
  return {
    id: ids.next("msg_"),
    eventId: null,
    type: "invoice.paid",
    payloadText: '{"amount":1}',
    contentType: "application/json",
    canonical: null,
    occurredAt: null,
    channels: [],
    tags: [],
    orderingKey: null,
    deliverAt: null,
    retentionMs: null,
    derive: true,
    historical: false,
    onlyEndpointId: null,
    derivedFrom: null,
    ...fields,
  };
}

/** A text that was received on a line. */
export function receivedText(
  message: { id: string; text?: string; from?: string; to?: string },
  fields: Partial<NewEvent> = {},
): NewEvent {
  const given = {
    channel: "sms" as const,
    from: "+12065550100",
    to: "+12065550199",
    text: "Hello",
    media: [],
    ...message,
  };
  return newEvent({
    type: "message.received",
    payloadText: JSON.stringify({ message: given }),
    canonical: { message: { ...given, direction: "inbound" } },
    ...fields,
  });
}

/** How a failed attempt went on the wire. */
export const SAMPLE_DETAIL: AttemptDetail = {
  headers: [
    ["retry-after", "30"],
    ["x-about", "+12065550100"],
  ],
  isCut: false,
  timing: { dnsMs: 2, connectMs: 18, tlsMs: 31, firstByteMs: 1140 },
  peer: "192.0.2.7",
  isProbe: false,
  attempt: 2,
};

export function newAttempt(fields: Partial<NonNullable<RecordedOutcome["attempt"]>> = {}) {
  return {
    id: ids.next("atmpt_"),
    at: START,
    durationMs: 12,
    url: "https://example.com/hook",
    statusCode: 200,
    response: "ok",
    reason: null,
    succeeded: true,
    trigger: "scheduled" as const,
    isResent: false,
    detail: null,
    ...fields,
  };
}

export function delivered(delivery: LeasedDelivery): RecordedOutcome {
  return outcome(delivery, { state: "delivered" });
}

export function outcome(
  { deliveryId, endpointId, shard, fence }: LeasedDelivery,
  next: RecordedOutcome["next"],
): RecordedOutcome {
  const succeeded = next.state === "delivered";
  const attempt = newAttempt({ succeeded, statusCode: succeeded ? 200 : 500 });
  return { deliveryId, endpointId, shard, fence, attempt, next, health: null };
}

/** An application with endpoints, the start of most cases. */
export async function makeApp(
  store: Store,
  ...endpoints: Partial<Endpoint>[]
): Promise<{ app: App; endpoints: Endpoint[] }> {
  const { value: app } = await store.apps.create({ app: newApp(), idempotencyKey: null });
  const made: Endpoint[] = [];
  for (const fields of endpoints) {
    const created = await store.endpoints.create({
      appRef: app.id,
      endpoint: newEndpoint(app.id, fields),
      idempotencyKey: null,
    });
    if (created === null) throw new Error("the application is gone");
    made.push(created.value);
  }
  return { app, endpoints: made };
}

export async function publish(
  store: Store,
  appRef: string,
  events: readonly NewEvent[],
  more: Partial<Publish> = {},
): Promise<PublishResult> {
  return await store.accept.publish({
    appRef,
    createApp: null,
    events,
    onDuplicate: "refuse",
    idempotencyKey: null,
    acceptedAt: START,
    ...more,
  });
}

/** Publishes events, and fails unless they are accepted. */
export async function mustPublish(
  store: Store,
  appRef: string,
  events: readonly NewEvent[],
  more: Partial<Publish> = {},
): Promise<Extract<PublishResult, { kind: "accepted" }>> {
  const result = await publish(store, appRef, events, more);
  if (result.kind === "refused") throw new Error(`refused: ${result.code} ${result.message}`);
  return result;
}

export type Engine = {
  readonly owner: string;
  /** Every delivery that was leased at accept, in order. */
  readonly leased: LeasedDelivery[];
  /** Endpoints that this owner was notified of. */
  readonly due: string[];
};

/** An owner that listens and holds `atMost` shards, but sends nothing. */
export async function startEngine(store: Store, owner = "node-a", atMost = 256): Promise<Engine> {
  const engine: Engine = { owner, leased: [], due: [] };
  store.queue.listen({
    owner,
    onLeased(leased, due) {
      engine.leased.push(...leased.map(withWholeSnapshot));
      engine.due.push(...due);
    },
  });
  await store.shards.hold({ owner, atMost, leaseMs: 15_000 });
  return engine;
}

export async function claimAll(
  store: Store,
  owner: string,
  p: { endpointId: string; now?: number; room?: number },
): Promise<readonly LeasedDelivery[]> {
  const { leased } = await store.queue.claim({
    owner,
    now: p.now ?? START,
    endpoints: [{ endpointId: p.endpointId, room: p.room ?? 100 }],
  });
  return leased.map(withWholeSnapshot);
}

/** Deliveries of one event share its snapshot. */
const wholes = new WeakMap<Snapshot, Snapshot>();

/**
 * With every member of the snapshot as a member of the object, to compare. Those that the store parses when one is
 * first read are not.
 */
function withWholeSnapshot(delivery: LeasedDelivery): LeasedDelivery {
  const { snapshot: stored } = delivery;
  const { message, contact, line, conversation, account } = stored;
  const snapshot = wholes.get(stored) ?? {
    ...stored,
    message,
    contact,
    line,
    conversation,
    account,
  };
  wholes.set(stored, snapshot);
  return { ...delivery, snapshot };
}
