/** The caller: a bearer token, which is the admin token or a key of one app. */
import type { FastifyRequest } from "fastify";
import { AppError } from "../../core/error.ts";
import {
  authenticateCaller,
  requireCapability,
  requireRole,
  requireScope,
  resolveAppRef,
} from "../../operations/keys/authenticate-caller.ts";
import type { Caller, CallerScope, Credential } from "../../operations/keys/authenticate-caller.ts";
import type { OperationContext } from "../../operations/context.ts";
import { findDashboardSession } from "./dashboard-cookie.ts";
import { findCaller, loadCallerOnce, noteRefusedCaller } from "../authenticate-first.ts";

const BEARER = /^Bearer +(\S+) *$/i;

/** A caller who may act on everything, which requires the admin token. */
export async function loadOperator(
  context: OperationContext,
  request: FastifyRequest,
): Promise<Caller> {
  const caller = await loadCaller(context, request);
  requireScope(caller, "operator");
  return caller;
}

/** Any authenticated caller. This is the only place that checks roles and capabilities. */
export function loadCaller(context: OperationContext, request: FastifyRequest): Promise<Caller> {
  return loadCallerOnce(request, () => authenticate(context, request));
}

async function authenticate(context: OperationContext, request: FastifyRequest): Promise<Caller> {
  const found = await authenticateCaller(context, "svix", toCredential(request));
  const { portal = null, operator = "admin" } = request.routeOptions.config;
  try {
    requireCapability(found, portal);
    requireRole(found, operator);
  } catch (refusal) {
    noteRefusedCaller(request, found);
    throw refusal;
  }
  return found;
}

/** The dashboard session that makes the request; null when another credential does. */
export function findOwnSession(request: FastifyRequest): string | null {
  const credential = toCredential(request);
  return credential.kind === "dashboard" ? credential.session : null;
}

function toCredential(request: FastifyRequest): Credential {
  const { authorization } = request.headers;
  const token = BEARER.exec(authorization ?? "")?.[1];
  if (token !== undefined) return { kind: "bearer", token };
  const session = authorization === undefined ? findDashboardSession(request) : null;
  return session === null ? { kind: "none" } : { kind: "dashboard", session };
}

/** Whether the credential of a request that lasts is still valid. An unavailable store ends nothing. */
export async function isStillValid(
  context: OperationContext,
  request: FastifyRequest,
): Promise<boolean> {
  try {
    await authenticateCaller(context, "svix", toCredential(request));
    return true;
  } catch (error) {
    return !(error instanceof AppError && error.code === "unauthenticated");
  }
}

/** Whether the request has the admin token, for details that only the operator may read. */
export function isOperatorRequest(request: FastifyRequest): boolean {
  return findCaller(request)?.scopes.includes("operator") === true;
}

/** Access with the admin token. */
export async function asOperator(
  context: OperationContext,
  request: FastifyRequest,
): Promise<{ readonly caller: Caller }> {
  return { caller: await loadOperator(context, request) };
}

/** Access with any credential. */
export async function asAnyCaller(
  context: OperationContext,
  request: FastifyRequest,
): Promise<{ readonly caller: Caller }> {
  return { caller: await loadCaller(context, request) };
}

export type AppCall = { readonly caller: Caller; readonly appRef: string };

/** Access with one of the scopes to the app of the path: the caller's app, or any app for an operator. */
export function asAppCaller(...scopes: readonly CallerScope[]) {
  return async (context: OperationContext, request: FastifyRequest): Promise<AppCall> => {
    const caller = findCaller(request) ?? (await loadCaller(context, request));
    requireScope(caller, ...scopes);
    const appRef = resolveAppRef(context, caller, param(request, "app"));
    return { caller, appRef: typeof appRef === "string" ? appRef : await appRef };
  };
}

/** A parameter of the path, which the route's pattern guarantees. */
export function param(request: FastifyRequest, name: string): string {
  return (request.params as Record<string, string>)[name] ?? "";
}
