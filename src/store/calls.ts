/** The calls of the store that both databases run by the same steps, by name. A driver adds its own ones. */
import {
  createEndpoint,
  getEndpoint,
  listEndpoints,
  rotateSecret,
  updateEndpoint,
} from "./endpoints/calls.ts";
import { endpointOutlook } from "./endpoints/endpoint-outlook.ts";
import { endpointHealths } from "./endpoints/health.ts";
import { listByHealth } from "./endpoints/list-by-health.ts";
import { mayWant } from "./endpoints/may-want.ts";
import { endpointsForSending } from "./endpoints/sending.ts";
import { changeSet, readSet } from "./endpoints/sets.ts";
import {
  attemptsOfEndpoint,
  attemptsOfEvent,
  expungeAttempt,
  getAttempt,
} from "./history/attempts.ts";
import { eventContent } from "./history/event-content.ts";
import { deliveryContent } from "./history/delivery-content.ts";
import { deliveriesOfEndpoint, deliveriesOfEvent } from "./history/deliveries.ts";
import { endpointAttempts, endpointStats } from "./history/endpoint-counts.ts";
import { expungeEvent, getEvent, listEvents, readFeed } from "./history/events.ts";
import { getAttachedText, getAttachment, getMessage, listAttachments } from "./history/messages.ts";
import { listMessages } from "./history/line-messages.ts";
import { countRecentFailures } from "./failures/count.ts";
import { listFailures } from "./failures/list.ts";
import { summarizeFailures } from "./failures/summary.ts";
import { findText } from "./history/text-story.ts";
import { listTexts } from "./history/texts.ts";
import type { HistorySession, HistoryWriteSession } from "./history/session.ts";
import { stepFanOuts } from "./fan-outs/step.ts";
import { eraseNumber } from "./jobs/erase-number.ts";
import { cancelGroup } from "./jobs/cancel-group.ts";
import { createGroup } from "./jobs/groups.ts";
import { estimateReplay } from "./jobs/estimate.ts";
import { replay } from "./jobs/replay.ts";
import { purgeContent } from "./jobs/purge-content.ts";
import { cancelJob, createJob, getJob, listJobs } from "./jobs/rows.ts";
import { createStatistics, jobResult } from "./jobs/statistics.ts";
import { stepJobs } from "./jobs/step.ts";
import { totals } from "./maintenance/accounting.ts";
import { finishRotation, listStale, reencrypt, registerKeys } from "./maintenance/encryption.ts";
import { getConsumer, moveConsumer, oldestCursor } from "./pollers/consumers.ts";
import {
  createPoller,
  deletePoller,
  getPoller,
  listPollers,
  updatePoller,
} from "./pollers/pollers.ts";
import { expireBehindBreaker } from "./queue/expire-behind-breaker.ts";
import { skipOverdue } from "./queue/leave-pending.ts";
import { record } from "./queue/record.ts";
import { recover } from "./queue/recover.ts";
import { release } from "./queue/release.ts";
import { appendSeries, listBacklogs } from "./series/append.ts";
import { readAccepted, readSeries } from "./series/read.ts";
import { searchEverywhere } from "./search/find-everywhere.ts";
import { searchInApp } from "./search/find-in-app.ts";
import { listFoundEvents } from "./search/found-events.ts";
import type { Steps, WriteSession } from "./session.ts";
import { appActivity } from "./tenancy/app-activity.ts";
import { appLimits, setAppLimits } from "./tenancy/app-limits.ts";
import {
  createApp,
  deleteApp,
  getApp,
  getOrCreateApp,
  listApps,
  seedOperator,
  updateApp,
} from "./tenancy/apps.ts";
import {
  createEventType,
  deleteEventType,
  eventTypeNames,
  getEventType,
  listEventTypes,
  seedEventTypes,
  updateEventType,
  upsertEventType,
} from "./tenancy/event-types.ts";
import { createKey, findKeyByHash, listKeys, revokeKey } from "./tenancy/keys.ts";
import { findNames } from "./tenancy/names.ts";
import { createLogin, deleteLogin, listLogins } from "./tenancy/line-logins.ts";
import { endSession, findSession, openSession } from "./tenancy/line-sessions.ts";
import {
  assignUsername,
  createLine,
  deleteLine,
  findLineByUsername,
  getLine,
  listLines,
} from "./tenancy/lines.ts";
import { AUDITED, withAudit } from "./audit/audited.ts";
import { listAudit, noteReveal } from "./audit/entries.ts";
import {
  endDashboard,
  endDashboards,
  endOtherDashboards,
  exchangeDashboardLink,
  extendDashboard,
  findDashboard,
  findDashboardLink,
  grantDashboard,
  openDashboard,
} from "./tenancy/dashboard-sessions.ts";
import {
  createOperatorKey,
  deleteOperatorKey,
  findOperatorKey,
  listOperatorKeys,
} from "./tenancy/operator-keys.ts";
import {
  endPortalToken,
  exchangePortalLink,
  expirePortalAccess,
  findPortalLink,
  findPortalToken,
  grantPortalAccess,
} from "./tenancy/portal.ts";

/** Each runs inside one read transaction and limits its rows. */
export const QUERIES = {
  "apps.get": getApp,
  "apps.list": listApps,
  "apps.limits": appLimits,
  "apps.activity": appActivity,
  "apps.names": findNames,
  "eventTypes.get": getEventType,
  "eventTypes.list": listEventTypes,
  "eventTypes.names": eventTypeNames,
  "keys.findByHash": findKeyByHash,
  "keys.list": listKeys,
  "lines.findByUsername": findLineByUsername,
  "lines.get": getLine,
  "lines.list": listLines,
  "lines.listLogins": listLogins,
  "lines.findSession": findSession,
  "operatorKeys.findByHash": findOperatorKey,
  "operatorKeys.list": listOperatorKeys,
  "audit.list": listAudit,
  "dashboard.find": findDashboard,
  "dashboard.findLink": findDashboardLink,
  "portal.findToken": findPortalToken,
  "portal.findLink": findPortalLink,
  "endpoints.get": getEndpoint,
  "endpoints.list": listEndpoints,
  "endpoints.stats": endpointStats,
  "endpoints.attempts": endpointAttempts,
  "endpoints.mayWant": mayWant,
  "endpoints.outlook": endpointOutlook,
  "endpoints.healths": endpointHealths,
  "endpoints.listByHealth": listByHealth,
  "endpoints.forSending": endpointsForSending,
  "endpoints.readSet": readSet,
  "messages.get": getMessage,
  "messages.list": listMessages,
  "messages.attachments": listAttachments,
  "messages.attachment": getAttachment,
  "messages.attachedText": getAttachedText,
  "texts.find": findText,
  "texts.list": listTexts,
  "history.getEvent": getEvent,
  "history.listEvents": listEvents,
  "history.searchEvents": listFoundEvents,
  "history.feed": readFeed,
  "history.attemptsOfEvent": attemptsOfEvent,
  "history.attemptsOfEndpoint": attemptsOfEndpoint,
  "history.getAttempt": getAttempt,
  "history.deliveryContent": deliveryContent,
  "history.eventContent": eventContent,
  "history.deliveriesOfEndpoint": deliveriesOfEndpoint,
  "history.deliveriesOfEvent": deliveriesOfEvent,
  "failures.countRecent": countRecentFailures,
  "failures.list": listFailures,
  "failures.summary": summarizeFailures,
  "pollers.get": getPoller,
  "pollers.list": listPollers,
  "pollers.consumer": getConsumer,
  "pollers.oldestCursor": oldestCursor,
  "jobs.estimate": estimateReplay,
  "jobs.get": getJob,
  "jobs.list": listJobs,
  "jobs.result": jobResult,
  "encryption.listStale": listStale,
  "series.read": readSeries,
  "series.accepted": readAccepted,
  "series.backlogs": listBacklogs,
  "search.inApp": searchInApp,
  "search.everywhere": searchEverywhere,
  "upkeep.totals": totals,
} as const satisfies Record<string, (s: HistorySession, p: never) => Steps<unknown>>;

/** Each runs inside one transaction; a thrown `AppError` is the refusal of the call. */
export const CHANGES = {
  "apps.create": createApp,
  "apps.getOrCreate": getOrCreateApp,
  "apps.seedOperator": seedOperator,
  "apps.update": updateApp,
  "apps.setLimits": setAppLimits,
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
  "lines.createLogin": createLogin,
  "lines.deleteLogin": deleteLogin,
  "lines.openSession": openSession,
  "lines.endSession": endSession,
  "operatorKeys.create": createOperatorKey,
  "operatorKeys.delete": deleteOperatorKey,
  "audit.reveal": noteReveal,
  "dashboard.open": openDashboard,
  "dashboard.grant": grantDashboard,
  "dashboard.exchange": exchangeDashboardLink,
  "dashboard.extend": extendDashboard,
  "dashboard.end": endDashboard,
  "dashboard.endAll": endDashboards,
  "dashboard.endOthers": endOtherDashboards,
  "portal.grant": grantPortalAccess,
  "portal.exchange": exchangePortalLink,
  "portal.end": endPortalToken,
  "portal.expireAll": expirePortalAccess,
  "endpoints.create": createEndpoint,
  "endpoints.update": updateEndpoint,
  "endpoints.rotateSecret": rotateSecret,
  "endpoints.changeSet": changeSet,
  "history.expungeEvent": expungeEvent,
  "history.expungeAttempt": expungeAttempt,
  "pollers.create": createPoller,
  "pollers.update": updatePoller,
  "pollers.delete": deletePoller,
  "pollers.moveConsumer": moveConsumer,
  "jobs.create": createJob,
  "jobs.createGroup": createGroup,
  "jobs.eraseNumber": eraseNumber,
  "jobs.purgeContent": purgeContent,
  "jobs.createStatistics": createStatistics,
  "jobs.cancel": cancelJob,
  "jobs.cancelGroup": cancelGroup,
  "jobs.step": stepJobs,
  "fanOuts.step": stepFanOuts,
  "encryption.registerKeys": registerKeys,
  "encryption.reencrypt": reencrypt,
  "encryption.finishRotation": finishRotation,
  "series.append": appendSeries,
  "shards.recover": recover,
  "queue.record": record,
  "queue.release": release,
  "queue.replay": replay,
  "queue.skipOverdue": skipOverdue,
  "queue.expireBehindBreaker": expireBehindBreaker,
} as const satisfies Record<string, (s: HistoryWriteSession, p: never) => Steps<unknown>>;

type Rule<S, Result> = (s: S, p: never) => Steps<Result>;

/** The rules of a list as functions of a driver. */
export type Calls<Context, Rules, IsAsync extends boolean> = {
  readonly [Name in keyof Rules]: Rules[Name] extends (s: never, ...p: infer P) => Steps<infer T>
    ? (context: Context, ...p: P) => IsAsync extends true ? Promise<T> : T
    : never;
};

/** A change without a choice whether it is recorded does not compile. */
const CHOICES: Readonly<Record<keyof typeof CHANGES, unknown>> = AUDITED;

/** Each change as a function that `run` makes of it, recorded when its caller passes a note of its actor. */
export function toChanges<S extends WriteSession>(
  run: (rule: Rule<S, unknown>) => unknown,
): unknown {
  const rules = Object.keys(CHOICES).map((name) => {
    const rule = CHANGES[name as keyof typeof CHANGES] as Rule<S, unknown>;
    return [name, withAudit(name, rule)];
  });
  return toCalls<S>(Object.fromEntries(rules), run);
}

/** Each rule of the list as a function that `run` makes of it. */
export function toCalls<S>(
  rules: Readonly<Record<string, Rule<S, unknown>>>,
  run: (rule: Rule<S, unknown>) => unknown,
): unknown {
  return Object.fromEntries(Object.entries(rules).map(([name, rule]) => [name, run(rule)]));
}
