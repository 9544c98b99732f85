/** Ends the sign-ins of all people to the dashboard. Svix has no counterpart for this call. */
import Type from "typebox";
import { signOutOthers } from "../../../operations/dashboard/dashboard-sessions.ts";
import type { Call } from "../../call.ts";
import { defineCall } from "../call.ts";
import { asOperator, findOwnSession } from "../caller.ts";
import { answer, shown } from "./document-fields.ts";

const endedOut = shown("EndedDashboardSessions", {
  ended: Type.Integer({ minimum: 0, description: "Sessions and unused links that ended." }),
});

export const DASHBOARD_SESSION_CALLS: readonly Call[] = [
  defineCall({
    tag: "Authentication",
    id: "endDashboardSessions",
    portal: null,
    operator: "admin",
    summary: "Sign everyone else out of the dashboard",
    description:
      "Ends every session of the dashboard and every unused link to it, of all operator keys and of the admin token. A session that makes the call stays. Keys and tokens stay valid, and so does access to portals.",
    method: "POST",
    path: "/api/v1/auth/dashboard/expire-all",
    access: asOperator,
    answers: { 200: answer("The number of sign-ins that ended.", endedOut, { ended: 3 }) },
    refusals: [],
    handle: async ({ context, request }) => ({
      ended: await signOutOthers(context, { keptSession: findOwnSession(request) }),
    }),
  }),
];
