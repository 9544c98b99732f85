/** Every query of the store by name: the one list that `store.ts` serves. */
import type { Session, Steps } from "../session.ts";
import { runSteps, toSession, wait } from "./session.ts";
import { gauges, totals } from "../maintenance/accounting.ts";
import { storeBytes } from "./maintenance/store-bytes.ts";
import { getApp, listApps } from "../tenancy/apps.ts";
import { check } from "./maintenance/check.ts";
import { endpointAttempts } from "./history/attempt-counts.ts";
import { endpointOutlook, endpointsForSending, endpointStats } from "./history/endpoint-reads.ts";
import { readSet } from "../endpoints/sets.ts";
import { getEndpoint, listEndpoints } from "../endpoints/calls.ts";
import { eventTypeNames, getEventType, listEventTypes } from "../tenancy/event-types.ts";
import { attemptsOfEndpoint, attemptsOfEvent, getAttempt } from "./history/history-attempts.ts";
import { deliveriesOfEndpoint, deliveriesOfEvent } from "./history/history-deliveries.ts";
import { getEvent, listEvents, readFeed } from "./history/history-events.ts";
import { getJob, listJobs } from "../jobs/rows.ts";
import { findKeyByHash, listKeys } from "../tenancy/keys.ts";
import { findSession } from "../tenancy/line-sessions.ts";
import { findLineByUsername, listLines } from "../tenancy/lines.ts";
import { getAttachedText, getAttachment, getMessage, listAttachments } from "./history/messages.ts";
import { listStale } from "../maintenance/encryption.ts";
import type { Reader } from "./types.ts";

/** Runs inside one read transaction and limits its rows. */
export type Read = (reader: Reader, p: never) => Promise<unknown>;

export const READS = {
  "apps.get": read(getApp),
  "apps.list": read(listApps),
  "eventTypes.get": read(getEventType),
  "eventTypes.list": read(listEventTypes),
  "eventTypes.names": read(eventTypeNames),
  "keys.findByHash": read(findKeyByHash),
  "keys.list": read(listKeys),
  "lines.findByUsername": read(findLineByUsername),
  "lines.list": read(listLines),
  "lines.findSession": read(findSession),
  "endpoints.get": read(getEndpoint),
  "endpoints.list": read(listEndpoints),
  "endpoints.stats": endpointStats,
  "endpoints.attempts": endpointAttempts,
  "endpoints.outlook": endpointOutlook,
  "endpoints.forSending": endpointsForSending,
  "endpoints.readSet": read(readSet),
  "messages.get": getMessage,
  "messages.attachments": listAttachments,
  "messages.attachment": getAttachment,
  "messages.attachedText": getAttachedText,
  "history.getEvent": getEvent,
  "history.listEvents": listEvents,
  "history.feed": readFeed,
  "history.attemptsOfEvent": attemptsOfEvent,
  "history.attemptsOfEndpoint": attemptsOfEndpoint,
  "history.getAttempt": getAttempt,
  "history.deliveriesOfEndpoint": deliveriesOfEndpoint,
  "history.deliveriesOfEvent": deliveriesOfEvent,
  "jobs.get": read(getJob),
  "jobs.list": read(listJobs),
  "encryption.listStale": read(listStale),
  "upkeep.totals": read(totals),
  "upkeep.check": check,
  "upkeep.gauges": async (reader: Reader) =>
    await runSteps(
      gauges(
        toSession(reader),
        wait(() => storeBytes(reader)),
      ),
    ),
} as const satisfies Record<string, Read>;

/** A query of the store as a function of this list. */
function read<Rest extends readonly unknown[], T>(query: (s: Session, ...rest: Rest) => Steps<T>) {
  return async (reader: Reader, ...rest: Rest): Promise<T> =>
    await runSteps(query(toSession(reader), ...rest));
}
