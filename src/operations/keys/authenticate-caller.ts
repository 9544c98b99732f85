/**
 * Turns any credential into a caller. This is the only place that identifies callers: a credential is valid
 * at one API and unknown at every other. Secrets are compared by their SHA-256, in constant time or by an
 * index over the hash, so timing reveals nothing about them.
 */
import { hash as digest, timingSafeEqual } from "node:crypto";
import { AppError } from "../../core/error.ts";
import { OPERATOR_APP_ID } from "../../core/events/operational-events.ts";
import { type Capability, hasCapability } from "../../core/portal/capabilities.ts";
import { hasRole, type OperatorRole } from "../../core/operator-role.ts";
import type { Dialect } from "../../core/snapshot.ts";
import type { OperatorKey } from "../../store/interface/operator-keys.ts";
import type { PortalToken } from "../../store/interface/portal.ts";
import type { Key } from "../../store/interface/tenancy.ts";
import type { OperationContext } from "../context.ts";

export type CallerScope = "operator" | "webhooks" | "publish" | "manage";

export type Caller = {
  /** Name of the credential, for idempotency scopes and logs; not a secret. */
  readonly id: string;
  /** Name of the operator key, which is a person's; null for every other caller. */
  readonly name: string | null;
  /** Null for the operator, who may act for every app. */
  readonly appId: string | null;
  readonly scopes: readonly CallerScope[];
  /** The line of a session, and its number; null for every other caller. */
  readonly lineId: string | null;
  readonly lineNumber: string | null;
  /** Restricts the scopes of a portal token to its capabilities; null for every other caller. */
  readonly portal: PortalToken | null;
  /** Null for a caller who is bound to an app. */
  readonly role: OperatorRole | null;
  /** Whether answers have masked numbers and hidden texts: for viewers, and by setting in the dashboard. */
  readonly isMasked: boolean;
};

export type Credential =
  | { readonly kind: "none" }
  | { readonly kind: "bearer"; readonly token: string }
  | { readonly kind: "key_pair"; readonly keyId: string; readonly keySecret: string }
  | { readonly kind: "session"; readonly session: string }
  /** The cookie of a dashboard session. */
  | { readonly kind: "dashboard"; readonly session: string };

/** The kinds of keys that each API accepts. Zipwhip's lines log in and use their sessions instead. */
const KEYS_OF_API: Readonly<Record<Dialect, readonly Key["kind"][]>> = {
  svix: ["publish", "manage"],
  chirp: ["app"],
  sendblue: ["sendblue"],
  zipwhip: [],
};

/** Svix's prefix. */
export const PORTAL_TOKEN_PREFIX = "appsk_";

const PLAIN = {
  name: null,
  lineId: null,
  lineNumber: null,
  portal: null,
  role: null,
  isMasked: false,
} as const;
export const OPERATOR_KEY_PREFIX = "hk_op_";
const DASHBOARD_IDLE_MS = 12 * 3_600_000;
/** The use of a session is written at most this often. */
const EXTEND_AFTER_MS = 5 * 60_000;
export const OPERATOR_CALLER_ID = "operator";
const OPERATOR: Caller = {
  ...PLAIN,
  id: OPERATOR_CALLER_ID,
  appId: null,
  scopes: ["operator"],
  role: "admin",
};

export function hashSecret(secret: string): Buffer {
  return digest("sha256", secret, "buffer");
}

/** Refuses with `unauthenticated` a credential that is not valid at this API, without a reason. */
export async function authenticateCaller(
  context: OperationContext,
  api: Dialect,
  credential: Credential,
): Promise<Caller> {
  if (credential.kind === "none") throw unauthenticated();
  if (credential.kind === "session") return callerOfSession(context, api, credential.session);
  if (credential.kind === "dashboard") return callerOfDashboard(context, api, credential.session);
  const isPair = credential.kind === "key_pair";
  const hash = hashSecret(isPair ? credential.keySecret : credential.token);
  if (api === "svix" && !isPair && isAdminToken(context, hash)) return OPERATOR;
  if (api === "svix" && !isPair && credential.token.startsWith(OPERATOR_KEY_PREFIX)) {
    return await callerOfOperatorKey(context, hash);
  }
  if (api === "svix" && !isPair && credential.token.startsWith(PORTAL_TOKEN_PREFIX)) {
    return await callerOfPortal(context, hash);
  }
  // A lookup by hash helps no guesser: every key has 256 random bits.
  const key = await context.store.keys.findByHash({ secretHash: hash });
  if (key === null || key.revokedAt !== null) throw unauthenticated();
  if (!KEYS_OF_API[api].includes(key.kind)) throw unauthenticated();
  if (isPair !== (key.keyId !== null)) throw unauthenticated();
  if (isPair && key.keyId !== credential.keyId) throw unauthenticated();
  return { id: key.id, appId: key.appId, scopes: key.scopes, ...PLAIN };
}

/**
 * Returns the caller of a session. A session may do all that its line's client may, so it has no scope of a
 * key.
 */
async function callerOfSession(
  context: OperationContext,
  api: Dialect,
  session: string,
): Promise<Caller> {
  if (api !== "zipwhip") throw unauthenticated();
  const line = await context.store.lines.findSession({ sessionHash: hashSecret(session) });
  if (line === null) throw unknownSession();
  return {
    ...PLAIN,
    id: line.id,
    appId: line.appId,
    scopes: ["webhooks"],
    lineId: line.id,
    lineNumber: line.number,
  };
}

/** A listener that accepts no admin token accepts no operator key either. */
async function callerOfOperatorKey(context: OperationContext, secretHash: Buffer): Promise<Caller> {
  if (context.adminTokenHash === null) throw unauthenticated();
  const key = await context.store.operatorKeys.findByHash({ secretHash });
  if (key === null) throw unauthenticated();
  return toOperator(key);
}

function toOperator({ id, name, role }: OperatorKey): Caller {
  const isMasked = role === "viewer";
  return { ...PLAIN, id, name, appId: null, scopes: ["operator"], role, isMasked };
}

/**
 * A session has the rights of the credential that made it, while that credential is valid. By setting its
 * answers are masked, since a screen has more readers than a program.
 */
async function callerOfDashboard(
  context: OperationContext,
  api: Dialect,
  session: string,
): Promise<Caller> {
  const now = context.now();
  const secretHash = hashSecret(session);
  const found =
    api === "svix" && context.adminTokenHash !== null
      ? await context.store.dashboard.find({ secretHash, now })
      : null;
  if (found === null) throw endedDashboard();
  const { operatorKey, owner } = found;
  if (operatorKey === null && owner !== toAdminOwner(context)) throw endedDashboard();
  const expiresAt = toDashboardExpiry(now, found.endsAt);
  if (expiresAt - found.expiresAt >= EXTEND_AFTER_MS) {
    await context.store.dashboard.extend({ secretHash, expiresAt });
  }
  const caller = operatorKey === null ? OPERATOR : toOperator(operatorKey);
  return context.settings.uiMask === "on" ? { ...caller, isMasked: true } : caller;
}

/** The owner of sessions of the admin token: another token ends them. Too short to guess the token by it. */
export function toAdminOwner({ adminTokenHash }: OperationContext): string | null {
  if (adminTokenHash === null) return null;
  return `admin:${digest("sha256", adminTokenHash, "hex").slice(0, 8)}`;
}

/** A session ends when it is idle. */
export function toDashboardExpiry(now: number, endsAt: number): number {
  return Math.min(now + DASHBOARD_IDLE_MS, endsAt);
}

/** Returns a caller with the scope of a manager. Its capabilities restrict each call. */
async function callerOfPortal(context: OperationContext, secretHash: Buffer): Promise<Caller> {
  const portal = await context.store.portal.findToken({ secretHash, now: context.now() });
  if (portal === null) {
    throw new AppError(
      "unauthenticated",
      "The portal token is unknown or has expired; open the portal again.",
    );
  }
  return { ...PLAIN, id: portal.id, appId: portal.appId, scopes: ["manage"], portal };
}

/** Refuses with `forbidden` unless the caller has one of the scopes; the operator has all of them. */
export function requireScope(caller: Caller, ...scopes: readonly CallerScope[]): void {
  if (caller.scopes.includes("operator")) return;
  if (scopes.some((scope) => caller.scopes.includes(scope))) return;
  const needed =
    scopes.includes("operator") && scopes.length === 1
      ? "the admin token"
      : `scope ${scopes.join(" or ")}`;
  throw new AppError("forbidden", `This call needs ${needed}.`);
}

/** Refuses with `forbidden` a portal token without the capability; null refuses every portal token. */
export function requireCapability({ portal }: Caller, needed: Capability | null): void {
  if (portal === null) return;
  if (needed === null) {
    throw new AppError("forbidden", "This call does not accept a portal token.");
  }
  if (hasCapability(portal.capabilities, needed)) return;
  throw new AppError("forbidden", `This call needs the portal capability ${needed}.`);
}

/** Refuses with `forbidden` an operator key whose role is too low; other callers have none. */
export function requireRole({ role }: Caller, needed: OperatorRole): void {
  if (role === null || hasRole(role, needed)) return;
  const other = needed === "admin" ? "the admin token, or " : "";
  throw new AppError("forbidden", `This call needs ${other}an operator key of the role ${needed}.`);
}

/** Whether the caller may see secrets of endpoints, such as values of headers. */
export function maySeeSecrets({ portal, role }: Caller): boolean {
  if (role !== null) return hasRole(role, "admin");
  return portal === null || hasCapability(portal.capabilities, "ViewEndpointSecret");
}

/**
 * Returns the reference by which the store finds the caller's app: the caller's id or uid, or any for the
 * operator. Another app's reference is `not_found`, like one that does not exist. It is a promise only when
 * the store has to compare them.
 */
export function resolveAppRef(
  context: OperationContext,
  caller: Caller,
  ref: string,
): string | Promise<string> {
  // The operator's app has separate paths, which only show its endpoints.
  if (ref === OPERATOR_APP_ID) throw unknownApp(ref);
  if (caller.appId === null || caller.appId === ref) return ref;
  return loadOwnAppId(context, caller.appId, ref);
}

async function loadOwnAppId(
  context: OperationContext,
  appId: string,
  ref: string,
): Promise<string> {
  const app = await context.store.apps.get({ ref });
  if (app?.id !== appId) throw unknownApp(ref);
  return app.id;
}

export function unknownApp(ref: string): AppError {
  return new AppError("not_found", `There is no application "${ref.slice(0, 256)}".`);
}

function isAdminToken({ adminTokenHash }: OperationContext, hash: Buffer): boolean {
  return adminTokenHash !== null && timingSafeEqual(hash, adminTokenHash);
}

function endedDashboard(): AppError {
  return new AppError("unauthenticated", "The session has ended; sign in again.");
}

export function unknownSession(): AppError {
  return new AppError(
    "unauthenticated",
    "Invalid session key: it is unknown or has ended; log in again.",
  );
}

function unauthenticated(): AppError {
  return new AppError("unauthenticated", "The credentials are missing or not valid for this API.");
}
