/** Every change of the store by name: the one list that `store.ts` serves. */
import { createApp, deleteApp, getOrCreateApp, seedOperator, updateApp } from "./apps.ts";
import { changeSet } from "./endpoint-sets.ts";
import { createEndpoint, rotateSecret, updateEndpoint } from "./endpoints.ts";
import {
  createEventType,
  deleteEventType,
  seedEventTypes,
  updateEventType,
  upsertEventType,
} from "./event-types.ts";
import { expireBehindBreaker } from "./expire-behind-breaker.ts";
import { expungeAttempt } from "./history-attempts.ts";
import { expungeEvent } from "./history-events.ts";
import { cancelJob, createJob } from "./jobs.ts";
import { stepJobs } from "./jobs-step.ts";
import { createKey, revokeKey } from "./keys.ts";
import { endSession, openSession } from "./line-sessions.ts";
import { assignUsername, createLine, deleteLine } from "./lines.ts";
import { skipOverdue } from "./ordering.ts";
import { claim, release } from "./queue.ts";
import { record } from "./record.ts";
import { replay } from "./replay.ts";
import { registerKeys, reencrypt, finishRotation } from "./encryption.ts";
import { owners, recover, releaseShards } from "./shards.ts";
import type { Tx } from "./types.ts";

/** Runs inside one transaction, which may run again; a thrown `AppError` is the refusal of the call. */
export type Write = (tx: Tx, p: never) => Promise<unknown>;

export const WRITES = {
  "apps.create": createApp,
  "apps.getOrCreate": getOrCreateApp,
  "apps.seedOperator": seedOperator,
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
  "lines.assignUsername": assignUsername,
  "lines.delete": deleteLine,
  "lines.openSession": openSession,
  "lines.endSession": endSession,
  "endpoints.create": createEndpoint,
  "endpoints.update": updateEndpoint,
  "endpoints.rotateSecret": rotateSecret,
  "endpoints.changeSet": changeSet,
  "history.expungeEvent": expungeEvent,
  "history.expungeAttempt": expungeAttempt,
  "jobs.create": createJob,
  "jobs.cancel": cancelJob,
  "jobs.step": stepJobs,
  "encryption.registerKeys": registerKeys,
  "encryption.reencrypt": reencrypt,
  "encryption.finishRotation": finishRotation,
  "queue.claim": claim,
  "queue.record": record,
  "queue.release": release,
  "queue.replay": replay,
  "queue.skipOverdue": skipOverdue,
  "queue.expireBehindBreaker": expireBehindBreaker,
  "shards.release": releaseShards,
  "shards.owners": owners,
  "shards.recover": recover,
} as const satisfies Record<string, Write>;
