/** Endpoint rows of either database. Only this file knows the content of their columns. */
import type { OpenBreaker } from "../../core/delivery/breaker.ts";
import type { EndpointMatch, EndpointStatus } from "../../core/events/endpoint-match.ts";
import type { AskingEndpoint } from "../../core/events/possible-events.ts";
import { CLEAN_HEALTH, type EndpointHealth } from "../../core/delivery/endpoint-health.ts";
import type { Dialect } from "../../core/snapshot.ts";
import type { SignatureHeaders } from "../../core/crypto/signature-headers.ts";
import type { TlsVersion } from "../../core/crypto/tls-version.ts";
import { toOwnLimits } from "../tenancy/own-limits.ts";
import type {
  AuthenticationStrategy,
  Endpoint,
  EncryptedSecret,
  SendingEndpoint,
} from "../interface/endpoints.ts";

export type EndpointRow = {
  readonly seq: number;
  readonly id: string;
  readonly appSeq: number;
  readonly uid: string | null;
  readonly dialect: string;
  readonly status: string;
  readonly disabledReason: string | null;
  readonly url: string;
  readonly method: string;
  readonly description: string;
  readonly metadata: string;
  readonly eventTypes: string | null;
  readonly channels: string | null;
  readonly tags: string | null;
  readonly lines: string | null;
  readonly filter: string | null;
  /** SQLite returns 0 and 1. */
  readonly wantsHistory: boolean | number;
  readonly authentication: string;
  readonly signatureHeaders: string | null;
  readonly encryptedHeaders: Uint8Array | null;
  readonly headerNames: string;
  readonly throttleRate: number | null;
  readonly timeoutMs: number | null;
  readonly tlsMinVersion: string | null;
  readonly encryptedTls: Uint8Array | null;
  readonly encryptedUserinfo: Uint8Array | null;
  readonly retrySchedule: string | null;
  readonly dialectOptions: string | null;
  readonly shard: number;
  readonly version: number;
  readonly parkedMs: number;
  readonly parkedAt: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
};

/** `secrets` has the current one first, then those in their overlap, newest first. */
export function toEndpoint(
  row: EndpointRow,
  { appId, secrets }: { appId: string; secrets: readonly EncryptedSecret[] },
): Endpoint {
  return {
    endpointId: row.id,
    appId,
    uid: row.uid,
    dialect: row.dialect as Dialect,
    status: row.status as EndpointStatus,
    disabledReason: row.disabledReason as Endpoint["disabledReason"],
    url: row.url,
    method: row.method as Endpoint["method"],
    description: row.description,
    metadata: JSON.parse(row.metadata) as Record<string, string>,
    eventTypes: listOrNull(row.eventTypes),
    channels: listOrNull(row.channels),
    tags: listOrNull(row.tags),
    lines: listOrNull(row.lines),
    filter: row.filter,
    wantsHistory: Boolean(row.wantsHistory),
    authentication: JSON.parse(row.authentication) as AuthenticationStrategy[],
    signatureHeaders: row.signatureHeaders as SignatureHeaders | null,
    encryptedHeaders: row.encryptedHeaders,
    headerNames: JSON.parse(row.headerNames) as string[],
    secrets,
    throttleRate: row.throttleRate,
    timeoutMs: row.timeoutMs,
    tlsMinVersion: row.tlsMinVersion as TlsVersion | null,
    encryptedTls: row.encryptedTls,
    encryptedUserinfo: row.encryptedUserinfo,
    retrySchedule: listOrNull(row.retrySchedule),
    dialectOptions: row.dialectOptions,
    shard: row.shard,
    version: row.version,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
}

/** The fields that decide whether the endpoint gets an event. */
export function toMatch(row: EndpointRow): EndpointMatch {
  return {
    endpointId: row.id,
    dialect: row.dialect as Dialect,
    status: row.status as EndpointStatus,
    eventTypes: listOrNull(row.eventTypes),
    channels: listOrNull(row.channels),
    tags: listOrNull(row.tags),
    lines: listOrNull(row.lines),
    wantsHistory: Boolean(row.wantsHistory),
    filter: row.filter,
  };
}

/** The fields that show whether the endpoint may get an event that is not published yet. */
export function toAsking(
  row: Pick<EndpointRow, "dialect" | "status" | "eventTypes" | "channels">,
): AskingEndpoint {
  return {
    dialect: row.dialect as Dialect,
    status: row.status as EndpointStatus,
    eventTypes: listOrNull(row.eventTypes),
    channels: listOrNull(row.channels),
  };
}

/** Every column that a change may set; `create` and status transitions set the other columns. */
export function changeableColumns(endpoint: Endpoint) {
  return {
    uid: endpoint.uid,
    disabledReason: endpoint.disabledReason,
    url: endpoint.url,
    method: endpoint.method,
    description: endpoint.description,
    metadata: JSON.stringify(endpoint.metadata),
    eventTypes: textOrNull(endpoint.eventTypes),
    channels: textOrNull(endpoint.channels),
    tags: textOrNull(endpoint.tags),
    lines: textOrNull(endpoint.lines),
    filter: endpoint.filter,
    wantsHistory: endpoint.wantsHistory,
    authentication: JSON.stringify(endpoint.authentication),
    signatureHeaders: endpoint.signatureHeaders,
    encryptedHeaders: endpoint.encryptedHeaders,
    headerNames: JSON.stringify(endpoint.headerNames),
    throttleRate: endpoint.throttleRate,
    timeoutMs: endpoint.timeoutMs,
    tlsMinVersion: endpoint.tlsMinVersion,
    encryptedTls: endpoint.encryptedTls,
    encryptedUserinfo: endpoint.encryptedUserinfo,
    retrySchedule: textOrNull(endpoint.retrySchedule),
    dialectOptions: endpoint.dialectOptions,
  };
}

/** Health and breaker of an endpoint, and the defaults of its app. Each is null when not set. */
export type SendingColumns = {
  readonly health: string | null;
  readonly breaker: string | null;
  readonly breakerChangedAt: number | null;
  readonly probeAt: number | null;
  readonly probeStep: number | null;
  readonly probeFailedAt: number | null;
  readonly pausedUntil: number | null;
  readonly appThrottleRate: number | null;
  readonly appSignatureHeaders: string | null;
  readonly appOwnLimits: string | null;
};

export function toSending(endpoint: Endpoint, row: SendingColumns): SendingEndpoint {
  return {
    endpoint,
    health: row.health === null ? CLEAN_HEALTH : (JSON.parse(row.health) as EndpointHealth),
    breaker: toBreaker(row),
    pausedUntil: row.pausedUntil,
    appThrottleRate: row.appThrottleRate,
    appSignatureHeaders: row.appSignatureHeaders as SignatureHeaders | null,
    appLimits: toOwnLimits(row.appOwnLimits),
  };
}

function toBreaker(row: SendingColumns): OpenBreaker | null {
  if (row.breaker !== "open") return null;
  return {
    openedAt: row.breakerChangedAt as number,
    probeAt: row.probeAt as number,
    step: row.probeStep as number,
    failedAt: row.probeFailedAt as number,
  };
}

/** The event types of an endpoint; null is every type. */
export function readNames(eventTypes: string | null): readonly string[] | null {
  return listOrNull(eventTypes);
}

function listOrNull<T>(text: string | null): readonly T[] | null {
  return text === null ? null : (JSON.parse(text) as T[]);
}

function textOrNull(list: readonly unknown[] | null): string | null {
  return list === null ? null : JSON.stringify(list);
}
