/** Making an endpoint, of any dialect. Once this has answered, every later publish reaches it (I11). */
import { createHash } from "node:crypto";
import { importSigningKey } from "../core/signing-secret.ts";
import type { Dialect } from "../core/snapshot.ts";
import { unknownApp } from "./authenticate-caller.ts";
import { checkEndpointUrl, checkHeaders, checkWantedTypes } from "./check-endpoint.ts";
import type { Endpoint, Once, OperationContext } from "./context.ts";
import { sealHeaders, sealSecret } from "./seal-endpoint.ts";

/** What every dialect says of an endpoint; what it leaves out is the dialect's own default. */
export type NewEndpoint = Pick<Endpoint, "url" | "eventTypes" | "authentication"> &
  Partial<
    Pick<
      Endpoint,
      | "uid"
      | "method"
      | "description"
      | "metadata"
      | "channels"
      | "tags"
      | "lines"
      | "wantsHistory"
      | "throttleRate"
      | "timeoutMs"
      | "retrySchedule"
      | "dialectOptions"
    >
  > & {
    readonly disabled?: boolean;
    /** In clear; sealed before it is stored. Null for dialects without one. */
    readonly secret: string | null;
    readonly headers?: Readonly<Record<string, string>>;
  };

/**
 * Refuses with `not_found` an unknown app, with `conflict` a taken uid, and the fields `url`,
 * `headers` and, of svix endpoints, `eventTypes` under these names.
 */
export async function createEndpoint(
  context: OperationContext,
  p: {
    readonly appRef: string;
    readonly dialect: Dialect;
    readonly endpointId: string;
    readonly fields: NewEndpoint;
    readonly once: Once | null;
  },
): Promise<Endpoint> {
  const { dialect, endpointId, fields } = p;
  const { secret, headers = {}, disabled = false, ...rest } = fields;
  const url = checkEndpointUrl(context, dialect, { url: fields.url, path: ["url"] });
  checkHeaders(headers, ["headers"]);
  if (dialect === "svix") await checkWantedTypes(context, fields.eventTypes ?? [], ["eventTypes"]);

  const now = context.now();
  const endpoint: Endpoint = {
    uid: null,
    method: "POST",
    description: "",
    metadata: {},
    channels: null,
    tags: null,
    lines: null,
    wantsHistory: false,
    throttleRate: null,
    timeoutMs: null,
    retrySchedule: null,
    dialectOptions: null,
    ...rest,
    url,
    endpointId,
    // The store knows the app by the reference and puts its id here.
    appId: p.appRef,
    dialect,
    status: disabled ? "disabled" : "enabled",
    disabledReason: disabled ? "by_user" : null,
    filter: null,
    ...sealHeaders(context, endpointId, headers),
    secrets:
      secret === null
        ? []
        : [{ sealed: sealSecret(context, endpointId, secret), createdAt: now, expiresAt: null }],
    shard: shardOf(endpointId),
    version: 1,
    createdAt: now,
    updatedAt: now,
  };
  const done = await context.store.endpoints.create({ appRef: p.appRef, endpoint, once: p.once });
  if (done === null) throw unknownApp(p.appRef);
  return done.value;
}

/** How a signing secret authenticates: `whsk_` by ed25519, all others by HMAC. */
export function strategyOf(secret: string): "standard-v1" | "standard-v1a" {
  return importSigningKey(secret).version === "v1a" ? "standard-v1a" : "standard-v1";
}

/** One of 256 groups; stored with the endpoint, so this may change without moving anybody. */
function shardOf(endpointId: string): number {
  return createHash("sha256").update(endpointId).digest()[0] as number;
}
