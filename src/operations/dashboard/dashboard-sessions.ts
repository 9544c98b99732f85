/**
 * Sessions of the dashboard. A person signs in with a token of the operator's side, or opens a one-time link.
 * The session's secret is only in the browser's cookie and kept here as its SHA-256 (I10).
 */
import { AppError } from "../../core/error.ts";
import { LIMITS } from "../../core/limits.ts";
import { ID_PREFIXES } from "../../core/ids/ids.ts";
import type { NewDashboardSession } from "../../store/interface/dashboard.ts";
import type { OperationContext } from "../context.ts";
import { createFailures, remember, refuseLongest } from "../failures.ts";
import {
  authenticateCaller,
  hashSecret,
  OPERATOR_CALLER_ID,
  toAdminOwner,
  toDashboardExpiry,
} from "../keys/authenticate-caller.ts";

/** How long a session lasts at most. */
export const DASHBOARD_SESSION_MS = 7 * 24 * 3_600_000;
/** An unused link ends after this time. */
const UNUSED_LINK_MS = 3_600_000;
const IN_ALL = "";

const SECRET_BYTES = 32;
const SESSION_PREFIX = "dash_";
const LINK_PREFIX = "dashlink_";

export type DashboardSignIn = (p: {
  /** An admin token or an operator key, or the key of a link. */
  readonly by: { readonly token: string } | { readonly linkKey: string };
  /** Null when the request does not show it: then only the limit of all applies. */
  readonly source: string | null;
}) => Promise<{ readonly session: string; readonly endsAt: number }>;

/**
 * Refuses with `unauthenticated` a wrong token or an ended link, and with `rate_limited` after too many. The
 * counts of failures belong to the returned function, so each listener has one.
 */
export function createDashboardSignIn(context: OperationContext): DashboardSignIn {
  const ofSource = createFailures(() => context.now(), LIMITS.wrongTokensOfSource);
  const ofAll = createFailures(() => context.now(), LIMITS.wrongTokensInAll);
  const signedIn = new Set<string>();
  return async ({ by, source }) => {
    const isKnown = source !== null && signedIn.has(source);
    refuseLongest([
      source === null ? null : ofSource.findWait(source),
      isKnown ? null : ofAll.findWait(IN_ALL),
    ]);
    const opened =
      "token" in by ? await openByToken(context, by.token) : await openByLink(context, by.linkKey);
    if (opened === null) {
      if (source !== null) ofSource.note(source);
      ofAll.note(IN_ALL);
      throw new AppError(
        "unauthenticated",
        "token" in by
          ? "This is not the admin token and not an operator key."
          : "The link is unknown, was used before or has expired.",
      );
    }
    if (source !== null) {
      ofSource.forget(source);
      remember(signedIn, source);
    }
    return opened;
  };
}

/** Makes a link that signs in once, with the rights of the admin token. Null without an admin token. */
export async function grantDashboardLink(context: OperationContext): Promise<string | null> {
  const owner = toAdminOwner(context);
  if (owner === null) return null;
  const { secret, session } = drawSession(context, LINK_PREFIX, UNUSED_LINK_MS);
  await context.store.dashboard.grant({ link: { ...session, owner } });
  return secret;
}

/** Ends the session, or all sessions and links of the same owner. */
export async function signOut(
  context: OperationContext,
  p: { readonly session: string; readonly everywhere: boolean },
): Promise<void> {
  const secretHash = hashSecret(p.session);
  if (!p.everywhere) {
    await context.store.dashboard.end({ secretHash });
    return;
  }
  const found = await context.store.dashboard.find({ secretHash, now: context.now() });
  if (found !== null) await context.store.dashboard.endAll({ owner: found.owner });
}

/** Ends all sessions and unused links but the given session, and returns their number. Null keeps none. */
export async function signOutOthers(
  context: OperationContext,
  p: { readonly keptSession: string | null },
): Promise<number> {
  const { keptSession } = p;
  const keptHash = keptSession === null ? null : hashSecret(keptSession);
  return await context.store.dashboard.endOthers({ keptHash });
}

async function openByToken(context: OperationContext, token: string) {
  const owner = await findOwner(context, token);
  if (owner === null) return null;
  const { secret, session } = drawSession(context, SESSION_PREFIX, DASHBOARD_SESSION_MS);
  await context.store.dashboard.open({ session: { ...session, owner } });
  return { session: secret, endsAt: session.endsAt };
}

/** Null for a token of an application, and for one that is unknown. */
async function findOwner(context: OperationContext, token: string): Promise<string | null> {
  try {
    const { id, role } = await authenticateCaller(context, "svix", { kind: "bearer", token });
    if (role === null) return null;
    return id === OPERATOR_CALLER_ID ? toAdminOwner(context) : id;
  } catch (error) {
    if (error instanceof AppError && error.code === "unauthenticated") return null;
    throw error;
  }
}

async function openByLink(context: OperationContext, linkKey: string) {
  const now = context.now();
  const linkHash = hashSecret(linkKey);
  // A stranger's guess costs a read and no write.
  if (!(await context.store.dashboard.findLink({ secretHash: linkHash, now }))) return null;
  const { secret, session } = drawSession(context, SESSION_PREFIX, DASHBOARD_SESSION_MS);
  const made = await context.store.dashboard.exchange({ linkHash, session, now });
  return made ? { session: secret, endsAt: session.endsAt } : null;
}

function drawSession(
  context: OperationContext,
  prefix: string,
  lastsMs: number,
): { readonly secret: string; readonly session: Omit<NewDashboardSession, "owner"> } {
  const secret = prefix + Buffer.from(context.randomBytes(SECRET_BYTES)).toString("hex");
  const createdAt = context.now();
  const endsAt = createdAt + lastsMs;
  const session = {
    id: context.ids.next(ID_PREFIXES.dashboardSession),
    secretHash: hashSecret(secret),
    createdAt,
    expiresAt: toDashboardExpiry(createdAt, endsAt),
    endsAt,
  };
  return { secret, session };
}
