/** Access of an application's users to its portal, in Svix's calls. */
import type { FastifyRequest } from "fastify";
import Type from "typebox";
import { CAPABILITIES, chooseCapabilities } from "../../../core/portal/capabilities.ts";
import { ensureApp } from "../../../operations/apps/create-app.ts";
import type { OperationContext } from "../../../operations/context.ts";
import {
  expirePortalAccess,
  logOutOfPortal,
} from "../../../operations/portal/end-portal-access.ts";
import {
  exchangePortalLink,
  grantPortalAccess,
  PORTAL_EXPIRY,
} from "../../../operations/portal/grant-portal-access.ts";
import { refine } from "../../request-schema.ts";
import type { Call } from "../../call.ts";
import { anyone, defineCall } from "../call.ts";
import { asAnyCaller, asAppCaller } from "../caller.ts";
import { applicationIn, toNewApp } from "./application-model.ts";
import {
  answer,
  body,
  CHANGING,
  flag,
  NOTHING,
  nullable,
  shown,
  text,
  texts,
} from "./document-fields.ts";
import { NAME_RULES } from "./model-rules.ts";

const SESSION_ID = { min: 1, max: 256 } as const;
const MOST_SESSION_IDS = 100;
const KEY_BODY_BYTES = 1024;

const accessIn = body("AppPortalAccessIn", {
  application: Type.Optional(nullable(applicationIn)),
  capabilities: Type.Optional(
    refine(
      Type.Array(Type.Enum([...CAPABILITIES]), {
        maxItems: 20,
        description: "Rights of the token; `ViewBase` is always one of them (default: all).",
      }),
      (given) => given.includes("ViewBase"),
      "must include ViewBase, which every token has",
    ),
  ),
  readOnly: Type.Optional(flag("If true, the token has only the capability `ViewBase`.")),
  featureFlags: Type.Optional(
    texts(
      { min: 0, max: 100, item: NAME_RULES },
      "Also shows event types that have one of these feature flags.",
    ),
  ),
  expiry: Type.Optional(
    Type.Integer({
      minimum: PORTAL_EXPIRY.minMs / 1000,
      maximum: PORTAL_EXPIRY.maxMs / 1000,
      description: "Seconds until the token expires (default: 7 days).",
    }),
  ),
  sessionId: Type.Optional(text(SESSION_ID, "A name of your choice, to end this access by.")),
});
const accessOut = shown("AppPortalAccessOut", {
  url: Type.String({
    description:
      "The page of the portal with a key that can be used once. It is unused for an hour at most.",
  }),
  token: Type.String({ description: "A bearer token with the same rights." }),
});
const linkIn = body("OneTimeTokenIn", {
  oneTimeToken: text({ min: 1, max: 256 }, "The `key` in the fragment of the URL."),
});
const linkOut = shown("OneTimeTokenOut", { token: Type.String() });
const expireIn = body("ApplicationTokenExpireIn", {
  expiry: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: PORTAL_EXPIRY.maxMs / 1000,
      description: "Seconds after which the tokens expire (default: 0).",
    }),
  ),
  sessionIds: Type.Optional(
    texts(
      { min: 0, max: MOST_SESSION_IDS, item: SESSION_ID },
      "Expires only the tokens of these sessions; an empty list selects all.",
    ),
  ),
});

const EXAMPLE_TOKEN = "appsk_…";
const common = { tag: "Authentication", portal: null } as const;

const accessCall = (word: string, of: { readonly id: string; readonly summary: string }): Call =>
  defineCall({
    ...common,
    ...of,
    operator: "admin",
    description:
      "Returns a link for one user of the application, and a token for your own pages. Requires the admin token. A repeat makes a new link.",
    method: "POST",
    path: `/api/v1/auth/${word}/:app`,
    access: asAppCaller("operator"),
    creates: true,
    body: accessIn,
    bodyIsOptional: true,
    example: { body: { capabilities: ["ViewBase", "CreateAttempts"], sessionId: "user-17" } },
    answers: {
      200: answer("The link and the token. They are shown only once.", accessOut, {
        url: "https://hooks.example.com/portal/login#key=applink_…",
        token: EXAMPLE_TOKEN,
      }),
    },
    refusals: CHANGING,
    async handle({ context, appRef, body: given, request }) {
      const { application = null, capabilities: chosen = null, readOnly = false } = given;
      const { featureFlags = [], sessionId = null, expiry } = given;
      if (application !== null) await ensureApp(context, appRef, toNewApp(application));
      const { token, linkKey } = await grantPortalAccess(context, {
        appRef,
        grant: { capabilities: chooseCapabilities({ chosen, readOnly }), featureFlags, sessionId },
        expiryMs: expiry === undefined ? PORTAL_EXPIRY.maxMs : expiry * 1000,
      });
      return { url: `${toBaseUrl(context, request)}/portal/login#key=${linkKey}`, token };
    },
  });

export const AUTHENTICATION_CALLS: readonly Call[] = [
  accessCall("app-portal-access", { id: "grantPortalAccess", summary: "Grant portal access" }),
  accessCall("dashboard-access", {
    id: "grantDashboardAccess",
    summary: "Grant portal access, under the older name of the call",
  }),
  {
    ...defineCall({
      ...common,
      id: "exchangePortalLink",
      operator: "viewer",
      summary: "Exchange the key of a portal link for a token",
      description:
        "From its first use on, a link makes at most three tokens within `HOOKLINE_PORTAL_LINK_REUSE`.",
      method: "POST",
      path: "/api/v1/auth/one-time",
      access: anyone,
      body: linkIn,
      example: { body: { oneTimeToken: "applink_…" } },
      answers: { 200: answer("The token.", linkOut, { token: EXAMPLE_TOKEN }) },
      refusals: ["invalid_field", "unknown_field", "unauthenticated"],
      handle: async ({ context, body: { oneTimeToken } }) => ({
        token: await exchangePortalLink(context, oneTimeToken),
      }),
    }),
    bodyLimit: KEY_BODY_BYTES,
  },
  defineCall({
    ...common,
    id: "logOut",
    summary: "End a portal token",
    description: "Ends the token with which the call is made. Other credentials are refused.",
    method: "POST",
    path: "/api/v1/auth/logout",
    portal: "ViewBase",
    operator: "viewer",
    access: asAnyCaller,
    answers: NOTHING,
    refusals: [],
    handle: ({ context, caller }) => logOutOfPortal(context, caller),
  }),
  defineCall({
    ...common,
    id: "expirePortalAccess",
    operator: "operator",
    summary: "Expire the portal tokens of an application",
    description: "Ends the links that are not used yet, too. Requires the admin token.",
    method: "POST",
    path: "/api/v1/auth/app/:app/expire-all",
    access: asAppCaller("operator"),
    body: expireIn,
    bodyIsOptional: true,
    example: { body: { sessionIds: ["user-17"] } },
    answers: NOTHING,
    refusals: CHANGING,
    handle({ context, appRef, body: { expiry = 0, sessionIds = [] } }) {
      return expirePortalAccess(context, {
        appRef,
        sessionIds: sessionIds.length === 0 ? null : sessionIds,
        afterMs: expiry * 1000,
      });
    },
  }),
];

/** The setting, or the address of this request. */
function toBaseUrl({ settings }: OperationContext, { protocol, host }: FastifyRequest): string {
  return settings.publicUrl === "" ? `${protocol}://${host}` : settings.publicUrl;
}
