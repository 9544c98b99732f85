/**
 * Access to an application's portal: a bearer token, and a one-time link whose page gets a separate token.
 * Both secrets are drawn here, shown once and kept only as their SHA-256 (I10).
 */
import { AppError } from "../../core/error.ts";
import { ID_PREFIXES } from "../../core/ids/ids.ts";
import type { NewPortalSecret, PortalGrant } from "../../store/interface/portal.ts";
import type { OperationContext } from "../context.ts";
import { hashSecret, PORTAL_TOKEN_PREFIX } from "../keys/authenticate-caller.ts";

/** How long a token may last, and how long it lasts unless the operator chooses. */
export const PORTAL_EXPIRY = { minMs: 3_600_000, maxMs: 7 * 24 * 3_600_000 } as const;
/** An unused link ends after this time. */
const UNUSED_LINK_MS = 3_600_000;
/** Hosts mount the frame of the portal again and again, so a link can be used more than once. */
const TOKENS_OF_LINK = 3;

const SECRET_BYTES = 32;
const LINK_PREFIX = "applink_";

/** Refuses with `not_found` an unknown app. */
export async function grantPortalAccess(
  context: OperationContext,
  p: { readonly appRef: string; readonly grant: PortalGrant; readonly expiryMs: number },
): Promise<{ readonly token: string; readonly linkKey: string }> {
  const now = context.now();
  const token = drawSecret(context, PORTAL_TOKEN_PREFIX);
  const link = drawSecret(context, LINK_PREFIX);
  await context.store.portal.grant({
    appRef: p.appRef,
    grant: p.grant,
    token: token.stored,
    link: link.stored,
    linkExpiresAt: now + UNUSED_LINK_MS,
    expiresAt: now + p.expiryMs,
    now,
  });
  return { token: token.secret, linkKey: link.secret };
}

/** Returns a new token for the key of a link. Refuses with `unauthenticated`. */
export async function exchangePortalLink(
  context: OperationContext,
  linkKey: string,
): Promise<string> {
  const now = context.now();
  const secretHash = hashSecret(linkKey);
  // A stranger's guess costs a read and no write.
  if (!(await context.store.portal.findLink({ secretHash, now }))) throw endedLink();
  const token = drawSecret(context, PORTAL_TOKEN_PREFIX);
  const made = await context.store.portal.exchange({
    secretHash,
    token: token.stored,
    reuseMs: context.settings.portalLinkReuseMs,
    mostTokens: TOKENS_OF_LINK,
    now,
  });
  if (!made) throw endedLink();
  return token.secret;
}

function drawSecret(
  context: OperationContext,
  prefix: string,
): { readonly secret: string; readonly stored: NewPortalSecret } {
  const secret = prefix + Buffer.from(context.randomBytes(SECRET_BYTES)).toString("hex");
  const id = context.ids.next(ID_PREFIXES.portalAccess);
  return { secret, stored: { id, secretHash: hashSecret(secret) } };
}

function endedLink(): AppError {
  return new AppError(
    "unauthenticated",
    "The link is unknown, was used before or has expired; open the portal again.",
  );
}
