/** The health of the server, also at the path of Svix's server. */
import Type from "typebox";
import type { Call } from "../../call.ts";
import { anyone, defineCall } from "../call.ts";
import { NOTHING } from "./document-fields.ts";

const health = {
  tag: "Health",
  summary: "Check whether the server accepts events",
  method: "GET",
  portal: null,
  operator: "viewer",
  access: anyone,
  // Probes add parameters against caches.
  query: Type.Object({}, { additionalProperties: true }),
  answers: NOTHING,
  refusals: [],
} as const;

export const HEALTH_CALLS: readonly Call[] = [
  { id: "getHealth", path: "/api/v1/health" },
  { id: "getHealthPing", path: "/api/v1/health/ping" },
].map((call) =>
  defineCall({ ...health, ...call, handle: ({ context }) => context.health.check() }),
);
