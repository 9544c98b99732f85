/** Every change of the store by name: the one list that the writer thread serves. */
import { createApp, deleteApp, getOrCreateApp, updateApp } from "./apps.ts";
import { createEndpoint, rotateSecret, updateEndpoint } from "./endpoints.ts";
import {
  createEventType,
  deleteEventType,
  seedEventTypes,
  updateEventType,
  upsertEventType,
} from "./event-types.ts";
import { expungeAttempt } from "./history-attempts.ts";
import { expungeEvent } from "./history-events.ts";
import { keepKeyFingerprint } from "./key-fingerprint.ts";
import { createKey, revokeKey } from "./keys.ts";
import { createLine, deleteLine } from "./lines.ts";
import { sweep } from "./sweep.ts";
import { publish } from "./accept.ts";
import { skipOverdue } from "./ordering.ts";
import { ping } from "./ping.ts";
import { claim, dueEndpoints, release } from "./queue.ts";
import { record } from "./record.ts";
import { replay } from "./replay.ts";
import { hold, owners, recover, releaseShards } from "./shards.ts";
import type { Writer } from "./writer-types.ts";

/** Synchronous, inside the group's transaction; a thrown `AppError` is the refusal of this one call. */
export type Write = (writer: Writer, p: never) => unknown;

export const WRITES = {
  "apps.create": createApp,
  "apps.getOrCreate": getOrCreateApp,
  "apps.update": updateApp,
  "apps.delete": deleteApp,
  "eventTypes.create": createEventType,
  "eventTypes.seed": seedEventTypes,
  "eventTypes.upsert": upsertEventType,
  "eventTypes.update": updateEventType,
  "eventTypes.delete": deleteEventType,
  "keys.create": createKey,
  "keys.revoke": revokeKey,
  "lines.create": createLine,
  "lines.delete": deleteLine,
  "endpoints.create": createEndpoint,
  "endpoints.update": updateEndpoint,
  "endpoints.rotateSecret": rotateSecret,
  "history.expungeEvent": expungeEvent,
  "history.expungeAttempt": expungeAttempt,
  "upkeep.sweep": sweep,
  "upkeep.keepKeyFingerprint": keepKeyFingerprint,
  "store.ping": ping,
  "accept.publish": publish,
  "queue.dueEndpoints": dueEndpoints,
  "queue.claim": claim,
  "queue.record": record,
  "queue.release": release,
  "queue.replay": replay,
  "queue.skipOverdue": skipOverdue,
  "shards.hold": hold,
  "shards.release": releaseShards,
  "shards.owners": owners,
  "shards.recover": recover,
} as const satisfies Record<string, Write>;
