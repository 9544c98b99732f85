/** Facts about the credential of a request, and about the server, for pages that use the API. */
import Type from "typebox";
import { OPERATOR_ROLES } from "../../../core/operator-role.ts";
import { CAPABILITIES } from "../../../core/portal/capabilities.ts";
import { getApp } from "../../../operations/apps/read-apps.ts";
import { findTrialReceiver } from "../../../operations/endpoints/find-trial-receiver.ts";
import type { Caller } from "../../../operations/keys/authenticate-caller.ts";
import type { Call } from "../../call.ts";
import { defineCall } from "../call.ts";
import { asAnyCaller } from "../caller.ts";
import { answer, EXAMPLE_APP, flag, instant, nullable, shown } from "./document-fields.ts";
import { isoTime } from "./paging.ts";

const ROLES = [...OPERATOR_ROLES, "manage", "publish", "portal"] as const;

const sessionOut = shown("Session", {
  role: Type.Enum([...ROLES]),
  id: Type.String({
    description: "The id of the key or of the portal token; `operator` for the admin token.",
  }),
  name: nullable(
    Type.String({ description: "The name of the operator key; null for other credentials." }),
  ),
  app: nullable(
    Type.Object(
      { id: Type.String(), uid: nullable(Type.String()), name: Type.String() },
      { description: "The application of the credential; null for those of the operator." },
    ),
  ),
  portal: nullable(
    Type.Object(
      {
        capabilities: Type.Array(Type.Enum([...CAPABILITIES])),
        featureFlags: Type.Array(Type.String()),
        sessionId: nullable(Type.String()),
        expiresAt: instant("When the token expires."),
      },
      { description: "The rights of a portal token; null for other credentials." },
    ),
  ),
  masked: flag(
    "Whether numbers are masked and texts hidden in answers: for a viewer, and in the dashboard with `HOOKLINE_UI_MASK=on`.",
  ),
  server: Type.Object({
    version: Type.String(),
    apis: Type.Array(Type.String()),
    retentionSeconds: Type.Integer(),
    trialReceiver: nullable(
      Type.String({
        description:
          "The URL of the receiver that `npx hookline listen` runs beside the server. Null where endpoints may not be there.",
      }),
    ),
    replayPerSecond: Type.Integer({
      description: "Deliveries that one task sends again in a second, at most.",
    }),
  }),
});

export const SESSION_CALLS: readonly Call[] = [
  defineCall({
    tag: "Authentication",
    id: "getSession",
    summary: "Get the rights of the credential",
    method: "GET",
    path: "/api/v1/session",
    portal: "ViewBase",
    operator: "viewer",
    access: asAnyCaller,
    answers: {
      200: answer("The credential and the server.", sessionOut, {
        role: "portal",
        id: "portal_2srOrx2ZWZBpBUvZwXKQmoEYga8",
        name: null,
        app: { id: "app_2srOrx2ZWZBpBUvZwXKQmoEYga1", uid: EXAMPLE_APP, name: "The Blue Door" },
        portal: {
          capabilities: ["ViewBase"],
          featureFlags: [],
          sessionId: "user-17",
          expiresAt: "2026-05-13T04:00:00.000Z",
        },
        masked: false,
        server: {
          version: "0.1.0",
          apis: ["svix", "zipwhip"],
          retentionSeconds: 2_592_000,
          trialReceiver: null,
          replayPerSecond: 200,
        },
      }),
    },
    refusals: [],
    async handle({ context, caller }) {
      const { version, apis, retentionMs, replayRate } = context.settings;
      return {
        role: toRole(caller),
        id: caller.id,
        name: caller.name,
        app: caller.appId === null ? null : appOut(await getApp(context, caller.appId)),
        portal: caller.portal === null ? null : portalOut(caller.portal),
        masked: caller.isMasked,
        server: {
          version,
          apis,
          retentionSeconds: Math.floor(retentionMs / 1000),
          trialReceiver: findTrialReceiver(context),
          replayPerSecond: replayRate,
        },
      };
    },
  }),
];

function toRole(caller: Caller): (typeof ROLES)[number] {
  if (caller.portal !== null) return "portal";
  if (caller.role !== null) return caller.role;
  return caller.scopes.includes("manage") ? "manage" : "publish";
}

function appOut({ id, uid, name }: { id: string; uid: string | null; name: string }): object {
  return { id, uid, name };
}

function portalOut(portal: NonNullable<Caller["portal"]>): object {
  const { capabilities, featureFlags, sessionId, expiresAt } = portal;
  return { capabilities, featureFlags, sessionId, expiresAt: isoTime(expiresAt) };
}
