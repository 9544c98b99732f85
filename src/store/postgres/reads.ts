/** Every query of the store by name: the one list that `store.ts` serves. */
import { check } from "./maintenance/check.ts";
import { storeBytes } from "./maintenance/store-bytes.ts";
import { endpointOutlook } from "../endpoints/endpoint-outlook.ts";
import { getEndpoint, listEndpoints } from "../endpoints/calls.ts";
import { endpointsForSending } from "../endpoints/sending.ts";
import { readSet } from "../endpoints/sets.ts";
import { attemptsOfEndpoint, attemptsOfEvent, getAttempt } from "../history/attempts.ts";
import { deliveriesOfEndpoint, deliveriesOfEvent } from "../history/deliveries.ts";
import { endpointAttempts, endpointStats } from "../history/endpoint-counts.ts";
import { getEvent, listEvents, readFeed } from "../history/events.ts";
import {
  getAttachedText,
  getAttachment,
  getMessage,
  listAttachments,
} from "../history/messages.ts";
import type { HistorySession } from "../history/session.ts";
import { getJob, listJobs } from "../jobs/rows.ts";
import { gauges, totals } from "../maintenance/accounting.ts";
import { listStale } from "../maintenance/encryption.ts";
import type { Steps } from "../session.ts";
import { getApp, listApps } from "../tenancy/apps.ts";
import { eventTypeNames, getEventType, listEventTypes } from "../tenancy/event-types.ts";
import { findKeyByHash, listKeys } from "../tenancy/keys.ts";
import { findSession } from "../tenancy/line-sessions.ts";
import { findLineByUsername, listLines } from "../tenancy/lines.ts";
import { toHistorySession } from "./history/session.ts";
import { runSteps, wait } from "./session.ts";
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
  "endpoints.stats": read(endpointStats),
  "endpoints.attempts": read(endpointAttempts),
  "endpoints.outlook": read(endpointOutlook),
  "endpoints.forSending": read(endpointsForSending),
  "endpoints.readSet": read(readSet),
  "messages.get": read(getMessage),
  "messages.attachments": read(listAttachments),
  "messages.attachment": read(getAttachment),
  "messages.attachedText": read(getAttachedText),
  "history.getEvent": read(getEvent),
  "history.listEvents": read(listEvents),
  "history.feed": read(readFeed),
  "history.attemptsOfEvent": read(attemptsOfEvent),
  "history.attemptsOfEndpoint": read(attemptsOfEndpoint),
  "history.getAttempt": read(getAttempt),
  "history.deliveriesOfEndpoint": read(deliveriesOfEndpoint),
  "history.deliveriesOfEvent": read(deliveriesOfEvent),
  "jobs.get": read(getJob),
  "jobs.list": read(listJobs),
  "encryption.listStale": read(listStale),
  "upkeep.totals": read(totals),
  "upkeep.check": check,
  "upkeep.gauges": async (reader: Reader) =>
    await runSteps(
      gauges(
        toHistorySession(reader),
        wait(() => storeBytes(reader)),
      ),
    ),
} as const satisfies Record<string, Read>;

/** A query of the store as a function of this list. */
function read<Rest extends readonly unknown[], T>(
  query: (s: HistorySession, ...rest: Rest) => Steps<T>,
) {
  return async (reader: Reader, ...rest: Rest): Promise<T> =>
    await runSteps(query(toHistorySession(reader), ...rest));
}
