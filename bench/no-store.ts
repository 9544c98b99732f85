/**
 * A store that keeps nothing. `decide` runs on a few maps, each delivery goes directly to its lane, and
 * outcomes are discarded. It supports the calls of a pipeline that publishes and sends. It refuses all
 * others, so that the measurement cannot silently depend on less.
 */
import { randomBytes, randomInt, randomUUID } from "node:crypto";
import { decide, toParticipants } from "../src/core/decide.ts";
import type { DecideSettings, Ids, NewEvent } from "../src/core/decide-types.ts";
import { CLEAN_HEALTH } from "../src/core/delivery/endpoint-health.ts";
import { createEndpointIndex, type EndpointIndex } from "../src/core/events/endpoint-index.ts";
import { createIdSource } from "../src/core/ids/ids.ts";
import type { Contact, Conversation, Line } from "../src/core/snapshot.ts";
import { createSnowflakeSource } from "../src/core/ids/snowflake.ts";
import type { AcceptStore } from "../src/store/interface/accept.ts";
import type { LeasedListener, LeasedDelivery } from "../src/store/queue/leased-delivery.ts";
import type { Endpoint } from "../src/store/interface/endpoints.ts";
import type { StoreOptions } from "../src/store/options.ts";
import type { Store } from "../src/store/store.ts";
import type { App } from "../src/store/interface/tenancy.ts";

const SHARDS = 256;
const FENCE = 1;

export async function openStore(_url: string, options: StoreOptions): Promise<Store> {
  const apps = new Map<string, App>();
  const endpoints = createEndpointIndex<Endpoint>();
  let onLeased: LeasedListener = () => {};
  const publish = createPublish(options.accept.decide, endpoints, (leased) => onLeased(leased, []));
  const held = Array.from({ length: SHARDS }, (_, shard) => ({ shard, fence: FENCE }));

  return only<Store>("store", {
    kind: "sqlite",
    apps: only<Store["apps"]>("apps", {
      seedOperator: async ({ app }) => {
        apps.set(app.id, app);
      },
      create: async ({ app }) => {
        apps.set(app.id, app);
        return { repeated: false, value: app };
      },
      get: async ({ ref }) => apps.get(ref) ?? null,
    }),
    eventTypes: only<Store["eventTypes"]>("eventTypes", {
      seed: async () => {},
      get: async () => null,
    }),
    endpoints: only<Store["endpoints"]>("endpoints", {
      create: async ({ endpoint }) => {
        endpoints.put(endpoint, endpoints.size);
        return { repeated: false, value: endpoint };
      },
      forSending: async ({ endpointIds }) =>
        endpointIds.flatMap((id) => {
          const endpoint = endpoints.find(id);
          return endpoint === null
            ? []
            : [
                {
                  endpoint,
                  health: CLEAN_HEALTH,
                  breaker: null,
                  pausedUntil: null,
                  appThrottleRate: null,
                  appSignatureHeaders: null,
                  appLimits: {},
                },
              ];
        }),
      acknowledged: async () => {},
    }),
    accept: { publish },
    queue: only<Store["queue"]>("queue", {
      pollIntervalMs: () => 5_000,
      batchDelayMs: () => 0,
      listen: (p) => (onLeased = p.onLeased),
      dueEndpoints: async () => ({ endpointIds: [], nextDueAt: null }),
      // A saturated lane claims its further deliveries.
      claim: async () => ({ leased: [], more: [] }),
      record: async () => ({ stale: [], due: [], suppressed: 0 }),
      skipOverdue: async () => ({ due: [] }),
      expireBehindBreaker: async () => ({ expired: [], next: null }),
    }),
    shards: only<Store["shards"]>("shards", {
      hold: async () => held,
      recover: async () => ({ endpoints: 0, next: null }),
      release: async () => {},
      acknowledge: async () => {},
      owners: async () => [],
      onChanged: () => {},
      onFreed: () => {},
    }),
    upkeep: only<Store["upkeep"]>("upkeep", {
      sweep: async () => ({ busy: false, isBehind: false, heldMs: 0 }),
    }),
    jobs: only<Store["jobs"]>("jobs", {
      listen: () => {},
      step: async () => ({ done: 0, nextAt: null, ended: [] }),
    }),
    fanOuts: only<Store["fanOuts"]>("fanOuts", {
      listen: () => {},
      step: async () => ({ made: 0, isTaken: false, next: null }),
    }),
    series: only<Store["series"]>("series", {
      append: async () => {},
      backlogs: async () => [],
    }),
    live: only<Store["live"]>("live", { reach: "alone" }),
    encryption: only<Store["encryption"]>("encryption", {
      registerKeys: async () => ({ keyId: 1, previousKeyId: null }),
    }),
    keys: only<Store["keys"]>("keys", {}),
    lines: only<Store["lines"]>("lines", {}),
    history: only<Store["history"]>("history", {}),
    pollers: only<Store["pollers"]>("pollers", {}),
    ping: async () => {},
    [Symbol.asyncDispose]: async () => {},
  });
}

function createPublish(
  settings: DecideSettings,
  endpoints: EndpointIndex<Endpoint>,
  hand: (leased: readonly LeasedDelivery[]) => void,
): AcceptStore["publish"] {
  const contacts = new Map<string, Contact>();
  const lines = new Map<string, Line>();
  const conversations = new Map<string, Conversation>();
  const none: ReadonlySet<string> = new Set();
  const draw = createIds();
  let deliveryId = 0;
  let sequence = 0;

  function decideEvent(event: NewEvent, appId: string, acceptedAt: number): LeasedDelivery[] {
    const { line, contact, userId } = toParticipants(event, null);
    const pair = `${line} ${contact}`;
    const decision = decide({
      event,
      appId,
      account: { name: "Bench", email: null },
      acceptedAt,
      message: null,
      participants: { line, contact },
      userId,
      joined: { contact: false, conversation: false },
      contact: (contact === null ? null : contacts.get(contact)) ?? null,
      line: (line === null ? null : lines.get(line)) ?? null,
      conversation: conversations.get(pair) ?? null,
      wasOptedOut: false,
      endpoints,
      settings,
      ids: draw,
      explicitOptOuts: none,
      derivedOptOuts: none,
    });
    if (decision.kind === "refused") throw new Error(decision.message);
    const { change, snapshot } = decision;
    if (change.contact !== null) contacts.set(change.contact.number, change.contact);
    if (change.line !== null) lines.set(change.line.number, change.line);
    if (change.conversation !== null) conversations.set(pair, change.conversation);
    const leased = decision.deliveries.map(({ endpointId, webhookIndex }): LeasedDelivery => {
      const endpoint = endpoints.find(endpointId) as Endpoint;
      return {
        deliveryId: ++deliveryId,
        endpointId,
        endpointVersion: endpoint.version,
        shard: endpoint.shard,
        fence: FENCE,
        webhookIndex,
        slot: 1,
        attempts: 0,
        baseAt: acceptedAt,
        dueAt: acceptedAt,
        trigger: "scheduled",
        snapshot,
      };
    });
    return leased.concat(
      decision.derived.flatMap((derived) => decideEvent(derived, appId, acceptedAt)),
    );
  }

  return async ({ appRef, events, acceptedAt }) => {
    const leased = events.flatMap((event) => decideEvent(event, appRef, acceptedAt));
    if (leased.length > 0) hand(leased);
    return {
      kind: "accepted",
      appId: appRef,
      repeated: false,
      acceptedAt,
      events: events.map(({ id, eventId }) => ({
        id,
        eventId,
        sequence: ++sequence,
        duplicate: false,
        deliveries: 1,
        undelivered: null,
      })),
    };
  };
}

function createIds(): Ids {
  const now = () => Date.now();
  const ids = createIdSource({ now, randomBytes });
  const { next: snowflake } = createSnowflakeSource({ now, node: 1, initial: 0, startCounter: 0 });
  return {
    snowflake,
    handle: () => randomUUID(),
    ksuid: () => ids.next(""),
    contactId: () => randomInt(10_000_000_000, 99_999_999_999),
    deviceId: () => randomInt(100_000_000, 999_999_999),
    fingerprint: () => String(randomInt(100_000_000, 4_294_967_295)),
    attachmentKey: () => randomBytes(24).toString("base64url"),
  };
}

/**
 * The given methods of a part of the store. A call of any other method ends the program: the engine would
 * treat an error as an outage and wait for its end.
 */
function only<Part extends object>(name: string, given: Partial<Part>): Part {
  return new Proxy(given, {
    get(target, member, receiver) {
      // Promises that resolve with the store are detected by this property.
      if (member in target || member === "then") return Reflect.get(target, member, receiver);
      const error = new Error(`the store of the bench has no ${name}.${String(member)}`);
      setImmediate(() => {
        throw error;
      });
      throw error;
    },
  }) as Part;
}
