/** Rules for endpoints in every dialect. Each refuses the field at the given path. */
import { OPERATIONAL_EVENT_TYPES } from "../../core/events/event-type.ts";
import { DELIVERY_POLICIES, type UrlRule } from "../../core/delivery/delivery-policy.ts";
import { AppError, refuseField } from "../../core/error.ts";
import { OPERATOR_APP_ID } from "../../core/events/operational-events.ts";
import { customSchedule } from "../../core/delivery/retry-schedule.ts";
import { importSigningKey } from "../../core/crypto/signing-secret.ts";
import type { Dialect } from "../../core/snapshot.ts";
import { checkCustomHeaders, checkHeaderValue } from "../../net/policy/custom-headers.ts";
import type { OperationContext } from "../context.ts";
import { isBuiltIn } from "../event-types/built-in.ts";
import { refusedType } from "../events/refused-type.ts";

type Path = readonly (string | number)[];

/** A checked URL; `url` is the stored, called and shown form, without the password. */
export type CheckedUrl = {
  readonly url: string;
  /** The password in clear; null when the URL was given without one. */
  readonly password: string | null;
};

/**
 * Returns the URL as it is stored and called. Refuses with `invalid_url` or `blocked_url`. Nothing is
 * resolved, so an endpoint can be created before its name exists.
 */
export function checkEndpointUrl(
  context: OperationContext,
  dialect: Dialect,
  p: { readonly url: string; readonly path: Path },
): CheckedUrl {
  const { httpUrls } = context.settings;
  const rule: UrlRule = DELIVERY_POLICIES[dialect].urlRule;
  const upgrades = rule === "upgraded_to_https" && httpUrls !== "allow";
  const url = upgrades ? p.url.replace(/^\s*http:/i, "https:") : p.url;
  const http = httpUrls === "allow" || (rule === "http_or_https" && httpUrls === "dialect");
  const verdict = context.checkUrl(url, { http });
  if (verdict.ok) return { url: verdict.href, password: verdict.password };
  if (verdict.operatorHint !== undefined) {
    context.telemetry?.logger.info({ hint: verdict.operatorHint }, "endpoint url refused");
  }
  const { code, message, operatorHint } = verdict;
  throw new AppError(code, message, {
    problems: [{ path: p.path, message, kind: "value_error" }],
    operatorHint,
  });
}

/**
 * Refuses types that no event can have: an endpoint that asks for one would never get an event. A type is
 * built in or registered; endpoints of the operator ask for operational events only. Types that the endpoint
 * had `before` are kept, so that they never block a change of another field.
 */
export async function checkWantedTypes(
  context: OperationContext,
  p: {
    readonly appRef: string;
    readonly types: readonly string[];
    readonly before?: readonly string[] | null;
  },
  path: Path,
): Promise<void> {
  const isOperator = p.appRef === OPERATOR_APP_ID;
  const kept = new Set(p.before ?? []);
  for (const [index, type] of p.types.entries()) {
    if (kept.has(type)) continue;
    const refusal = isOperator ? refusedOperational(type) : await refusedWanted(context, type);
    if (refusal !== null) throw refuseField(refusal.code, [...path, index], refusal.message);
  }
}

async function refusedWanted(context: OperationContext, type: string): Promise<AppError | null> {
  if (isBuiltIn(context, type)) return null;
  const refusal = await refusedType(context, type);
  if (refusal !== null) return refusal;
  if ((await context.store.eventTypes.get({ name: type })) !== null) return null;
  const message = `event type "${type}" is neither built in nor registered; register it first`;
  return new AppError("unknown_event_type", message);
}

function refusedOperational(type: string): AppError | null {
  if (OPERATIONAL_EVENT_TYPES.some((known) => known === type)) return null;
  const message = `"${type.slice(0, 256)}" is not an operational event; the operational events are: ${OPERATIONAL_EVENT_TYPES.join(", ")}`;
  return new AppError("invalid_field", message);
}

export function checkHeaders(headers: Readonly<Record<string, string>>, path: Path): void {
  const problem = checkCustomHeaders(headers);
  if (problem !== undefined) throw refuseField("invalid_field", path, problem);
}

/** Checks a secret that is sent unchanged, in a header of this name. */
export function checkLiteralSecret(secret: string, header: string, path: Path): void {
  const problem = checkHeaderValue(header, secret);
  if (problem !== undefined) throw refuseField("invalid_field", path, problem);
}

/** Checks a secret that signs: `whsec_…`, `whsk_…`, or base64 without a prefix, which gets `whsec_`. */
export function checkSigningSecret(secret: string, path: Path): string {
  atPath(path, () => importSigningKey(secret));
  return /^wh(sec|sk)_/.test(secret) ? secret : `whsec_${secret}`;
}

/** Seconds between attempts. */
export function checkRetrySchedule(waits: readonly number[], path: Path): void {
  atPath(path, () => customSchedule(waits.map((seconds) => seconds * 1000)));
}

/** A refusal of core names no field, so the field is added here. */
function atPath(path: Path, check: () => unknown): void {
  try {
    check();
  } catch (error) {
    if (error instanceof AppError) throw refuseField(error.code, path, error.message);
    throw error;
  }
}
