/** The key under which limits count the requests of a caller before it is authenticated. */
import { createHash } from "node:crypto";
import type { FastifyRequest } from "fastify";
import { toSourceKey } from "./source-key.ts";

/** Headers that identify a caller; a caller without one is identified by its source address. */
const CREDENTIALS = ["authorization", "sb-api-key-id"] as const;

export function toCallerKey(request: FastifyRequest): string {
  return findCredentialKey(request) ?? toSourceKey(request);
}

/** Returns a hash, so that the credential itself is not kept beyond its request. */
export function findCredentialKey({ headers }: FastifyRequest): string | null {
  for (const name of CREDENTIALS) {
    const value = headers[name];
    if (typeof value === "string") return createHash("sha256").update(value).digest("base64url");
  }
  return null;
}
