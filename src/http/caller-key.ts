/** The key under which limits count the requests of a caller before it is authenticated. */
import { hash } from "node:crypto";
import type { FastifyRequest } from "fastify";
import { findDashboardSession } from "../dialects/svix/dashboard-cookie.ts";
import { toSourceKey } from "./source-key.ts";

/** Headers that identify a caller; a caller without one is identified by its source address. */
const CREDENTIALS = ["authorization", "sb-api-key-id"] as const;

export function toCallerKey(request: FastifyRequest): string {
  return findCredentialKey(request) ?? toSourceKey(request);
}

/** Returns a hash, so that the credential itself is not kept beyond its request. */
export function findCredentialKey(request: FastifyRequest): string | null {
  const { headers } = request;
  const values = CREDENTIALS.map((name) => headers[name]);
  const value = values.find((one) => typeof one === "string") ?? findDashboardSession(request);
  return typeof value === "string" ? hash("sha256", value, "base64url") : null;
}
