/**
 * Ids of the server's resources: a prefix and a KSUID (20 bytes as 27 base62 characters). Ids of one source
 * sort strictly in the order of their creation, through bursts inside one millisecond and a clock that steps
 * back. A list by id is therefore a list by time. The bytes are
 *
 *     4  seconds since the KSUID epoch     3  counter within the millisecond
 *     2  milliseconds of that second      11  random
 *
 * so any KSUID reader can read the second, and `ksuidTime` the millisecond. The counter begins at a random
 * number in each millisecond and rises by random steps, because all applications share a source. Otherwise an
 * id would show how many others were made just before. Clock and randomness are parameters; this file must not
 * access either directly.
 */
import { hash } from "node:crypto";
import {
  decodeKsuid,
  encodeKsuid,
  isKsuid,
  KSUID_BYTES,
  KSUID_CHARACTERS,
  KSUID_EPOCH_MS,
  writeKsuidTime,
} from "./ksuid.ts";

declare const kind: unique symbol;
type Id<Kind extends string> = string & { readonly [kind]: Kind };

export type AppId = Id<"app">;
export type EndpointId = Id<"endpoint">;
/** The id of an event. Svix calls an event a message, hence `msg_` on the wire. */
export type EventId = Id<"event">;
export type AttemptId = Id<"attempt">;
export type EventTypeId = Id<"eventType">;
/** The id of a Chirp webhook. */
export type WebhookId = Id<"webhook">;
export type OperatorKeyId = Id<"operatorKey">;
export type KeyId = Id<"key">;
export type LineId = Id<"line">;
/** The id of a further login of a line. */
export type LoginId = Id<"login">;
export type JobId = Id<"job">;
/** The id of the tasks that one replay makes. */
export type ReplayGroupId = Id<"replayGroup">;
/** The id of a portal token or of a one-time link. */
export type PortalAccessId = Id<"portalAccess">;
export type DashboardSessionId = Id<"dashboardSession">;
export type PollerId = Id<"poller">;
export type RequestId = Id<"request">;

type IdByPrefix = {
  app_: AppId;
  app_test_: AppId;
  ep_: EndpointId;
  msg_: EventId;
  atmpt_: AttemptId;
  evtyp_: EventTypeId;
  whk_: WebhookId;
  whk_test_: WebhookId;
  key_: KeyId;
  opkey_: OperatorKeyId;
  line_: LineId;
  login_: LoginId;
  qtask_: JobId;
  qgroup_: ReplayGroupId;
  portal_: PortalAccessId;
  poll_: PollerId;
  dash_: DashboardSessionId;
  req_: RequestId;
};

/** `qtask_` is Svix's prefix of a background task; the other short prefixes are Svix's too. */
export const ID_PREFIXES = {
  app: "app_",
  testApp: "app_test_",
  endpoint: "ep_",
  event: "msg_",
  attempt: "atmpt_",
  eventType: "evtyp_",
  webhook: "whk_",
  testWebhook: "whk_test_",
  key: "key_",
  operatorKey: "opkey_",
  line: "line_",
  login: "login_",
  job: "qtask_",
  replayGroup: "qgroup_",
  portalAccess: "portal_",
  poller: "poll_",
  dashboardSession: "dash_",
  request: "req_",
} as const satisfies Record<string, keyof IdByPrefix>;

export type IdSource = {
  /**
   * Returns a new id; `""` returns a bare KSUID. It is greater than every id that this source returned under
   * that prefix.
   */
  next<Prefix extends string>(
    prefix: Prefix,
  ): Prefix extends keyof IdByPrefix ? IdByPrefix[Prefix] : string;
};

/** Seconds, milliseconds and counter; the remaining bytes are random. */
const ORDERED_BYTES = 9;
const RANDOM_BYTES = KSUID_BYTES - ORDERED_BYTES;
const COUNTER_LIMIT = 2 ** 24;
/** The first counter of a millisecond is below this number, and a step is at most 256. */
const START_LIMIT = 2 ** 22;
/** Random bytes are generated for this many ids at once: one call of the generator costs more than an id. */
const POOLED_IDS = 256;
const POOLED_STEP_BYTES = 1024;

/**
 * `now` returns milliseconds (a fraction is dropped), `randomBytes(n)` n fresh bytes. When the clock stands
 * still or steps back, the counter continues from the latest millisecond seen. A counter that runs out (after
 * 49,000 ids or more) borrows the next millisecond.
 */
export function createIdSource(given: {
  now: () => number;
  randomBytes: (count: number) => Uint8Array;
}): IdSource {
  const bytes = new Uint8Array(KSUID_BYTES);
  let lastMs = KSUID_EPOCH_MS;
  let counter = 0;
  let pool = new Uint8Array(0);
  let poolAt = 0;
  let steps = new Uint8Array(0);
  let stepsAt = 0;

  function drawByte(): number {
    if (stepsAt === steps.length) {
      steps = Uint8Array.from(given.randomBytes(POOLED_STEP_BYTES));
      stepsAt = 0;
    }
    return steps[stepsAt++] as number;
  }

  function startMillisecond(ms: number): void {
    lastMs = ms;
    counter = ((drawByte() << 16) | (drawByte() << 8) | drawByte()) % START_LIMIT;
  }

  function next(prefix: string): string {
    const ms = Math.floor(given.now());
    counter += 1 + drawByte();
    if (ms > lastMs) startMillisecond(ms);
    else if (counter >= COUNTER_LIMIT) startMillisecond(lastMs + 1);
    if (poolAt === pool.length) {
      pool = Uint8Array.from(given.randomBytes(RANDOM_BYTES * POOLED_IDS));
      poolAt = 0;
    }
    writeKsuidTime(bytes, lastMs);
    bytes[6] = counter >>> 16;
    bytes[7] = counter >>> 8;
    bytes[8] = counter;
    for (let i = ORDERED_BYTES; i < KSUID_BYTES; i++) bytes[i] = pool[poolAt++] as number;
    return prefix + encodeKsuid(bytes);
  }
  return { next: next as IdSource["next"] };
}

/** Returns whether the text is `prefix` and a KSUID. */
export function isId<Prefix extends keyof IdByPrefix>(
  text: string,
  prefix: Prefix,
): text is IdByPrefix[Prefix] {
  return (
    text.length === prefix.length + KSUID_CHARACTERS &&
    text.startsWith(prefix) &&
    isKsuid(text.slice(prefix.length))
  );
}

/**
 * Returns the id of a child of `parent` (`kind` names the child), the same on every call: deriving twice
 * finds the first. It keeps the parent's prefix, time and counter, so it sorts next to the parent; the rest
 * is a hash. Throws on a parent that does not end in a KSUID.
 */
export function derivedId<Parent extends string>(parentId: Parent, kind: string): Parent {
  const bytes = decodeKsuid(parentId.slice(-KSUID_CHARACTERS));
  const digest = hash("sha256", `${parentId}\0${kind}`, "buffer");
  bytes.set(digest.subarray(0, RANDOM_BYTES), ORDERED_BYTES);
  return (parentId.slice(0, -KSUID_CHARACTERS) + encodeKsuid(bytes)) as Parent;
}
