/** Every change of the store by name: the one list that `store.ts` serves. */
import { expungeAttempt } from "../history/attempts.ts";
import { expungeEvent } from "../history/events.ts";
import type { HistoryWriteSession } from "../history/session.ts";
import type { Steps } from "../session.ts";
import { runSteps } from "./session.ts";
import { toWriteSession } from "./write-session.ts";
import { createApp, deleteApp, getOrCreateApp, seedOperator, updateApp } from "../tenancy/apps.ts";
import { changeSet } from "../endpoints/sets.ts";
import { createEndpoint, rotateSecret, updateEndpoint } from "../endpoints/calls.ts";
import {
  createEventType,
  deleteEventType,
  seedEventTypes,
  updateEventType,
  upsertEventType,
} from "../tenancy/event-types.ts";
import { expireBehindBreaker } from "./queue/expire-behind-breaker.ts";
import { cancelJob, createJob } from "../jobs/rows.ts";
import { stepJobs } from "../jobs/step.ts";
import { createKey, revokeKey } from "../tenancy/keys.ts";
import { endSession, openSession } from "../tenancy/line-sessions.ts";
import { assignUsername, createLine, deleteLine } from "../tenancy/lines.ts";
import { skipOverdue } from "./queue/ordering.ts";
import { claim, release } from "./queue/queue.ts";
import { record } from "./queue/record.ts";
import { replay } from "../jobs/replay.ts";
import { registerKeys, reencrypt, finishRotation } from "../maintenance/encryption.ts";
import { owners, recover, releaseShards } from "./cluster/shards.ts";
import type { Tx } from "./types.ts";

/** Runs inside one transaction, which may run again; a thrown `AppError` is the refusal of the call. */
export type Write = (tx: Tx, p: never) => Promise<unknown>;

export const WRITES = {
  "apps.create": write(createApp),
  "apps.getOrCreate": write(getOrCreateApp),
  "apps.seedOperator": write(seedOperator),
  "apps.update": write(updateApp),
  "apps.delete": write(deleteApp),
  "eventTypes.create": write(createEventType),
  "eventTypes.seed": write(seedEventTypes),
  "eventTypes.upsert": write(upsertEventType),
  "eventTypes.update": write(updateEventType),
  "eventTypes.delete": write(deleteEventType),
  "keys.create": write(createKey),
  "keys.revoke": write(revokeKey),
  "lines.create": write(createLine),
  "lines.assignUsername": write(assignUsername),
  "lines.delete": write(deleteLine),
  "lines.openSession": write(openSession),
  "lines.endSession": write(endSession),
  "endpoints.create": write(createEndpoint),
  "endpoints.update": write(updateEndpoint),
  "endpoints.rotateSecret": write(rotateSecret),
  "endpoints.changeSet": write(changeSet),
  "history.expungeEvent": write(expungeEvent),
  "history.expungeAttempt": write(expungeAttempt),
  "jobs.create": write(createJob),
  "jobs.cancel": write(cancelJob),
  "jobs.step": write(stepJobs),
  "encryption.registerKeys": write(registerKeys),
  "encryption.reencrypt": write(reencrypt),
  "encryption.finishRotation": write(finishRotation),
  "queue.claim": claim,
  "queue.record": record,
  "queue.release": release,
  "queue.replay": write(replay),
  "queue.skipOverdue": skipOverdue,
  "queue.expireBehindBreaker": expireBehindBreaker,
  "shards.release": releaseShards,
  "shards.owners": owners,
  "shards.recover": recover,
} as const satisfies Record<string, Write>;

/** A rule of the store as a function of this list. */
function write<Rest extends readonly unknown[], T>(
  rule: (s: HistoryWriteSession, ...rest: Rest) => Steps<T>,
) {
  return async (tx: Tx, ...rest: Rest): Promise<T> =>
    await runSteps(rule(toWriteSession(tx), ...rest));
}
