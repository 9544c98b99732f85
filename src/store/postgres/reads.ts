/** Every query of the store by name: the one list that `store.ts` serves. */
import { gauges, totals } from "./accounting.ts";
import { getApp, listApps } from "./apps.ts";
import { check } from "./check.ts";
import { endpointAttempts } from "./attempt-counts.ts";
import { endpointOutlook, endpointsForSending, endpointStats } from "./endpoint-reads.ts";
import { readSet } from "./endpoint-sets.ts";
import { getEndpoint, listEndpoints } from "./endpoints.ts";
import { eventTypeNames, getEventType, listEventTypes } from "./event-types.ts";
import { attemptsOfEndpoint, attemptsOfEvent, getAttempt } from "./history-attempts.ts";
import { deliveriesOfEndpoint, deliveriesOfEvent } from "./history-deliveries.ts";
import { getEvent, listEvents, readFeed } from "./history-events.ts";
import { getJob, listJobs } from "./jobs.ts";
import { findKeyByHash, listKeys } from "./keys.ts";
import { findSession } from "./line-sessions.ts";
import { findLineByUsername, listLines } from "./lines.ts";
import { getAttachedText, getAttachment, getMessage, listAttachments } from "./messages.ts";
import { listStale } from "./encryption.ts";
import type { Reader } from "./types.ts";

/** Runs inside one read transaction and limits its rows. */
export type Read = (reader: Reader, p: never) => Promise<unknown>;

export const READS = {
  "apps.get": getApp,
  "apps.list": listApps,
  "eventTypes.get": getEventType,
  "eventTypes.list": listEventTypes,
  "eventTypes.names": eventTypeNames,
  "keys.findByHash": findKeyByHash,
  "keys.list": listKeys,
  "lines.findByUsername": findLineByUsername,
  "lines.list": listLines,
  "lines.findSession": findSession,
  "endpoints.get": getEndpoint,
  "endpoints.list": listEndpoints,
  "endpoints.stats": endpointStats,
  "endpoints.attempts": endpointAttempts,
  "endpoints.outlook": endpointOutlook,
  "endpoints.forSending": endpointsForSending,
  "endpoints.readSet": readSet,
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
  "jobs.get": getJob,
  "jobs.list": listJobs,
  "encryption.listStale": listStale,
  "upkeep.totals": totals,
  "upkeep.check": check,
  "upkeep.gauges": gauges,
} as const satisfies Record<string, Read>;
