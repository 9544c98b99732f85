/** Creates an endpoint of any dialect. Once this has returned, every later publish reaches it (I11). */
import { createHash } from "node:crypto";
import { importSigningKey } from "../../core/crypto/signing-secret.ts";
import type { Dialect } from "../../core/snapshot.ts";
import { unknownApp } from "../keys/authenticate-caller.ts";
import { checkEndpointUrl, checkHeaders, checkWantedTypes } from "./check-endpoint.ts";
import type { CheckedUrl } from "./check-endpoint.ts";
import type { IdempotencyKey } from "../../store/idempotency.ts";
import type { Endpoint } from "../../store/interface/endpoints.ts";
import type { OperationContext } from "../context.ts";
import { placeUrl, refuseTwoAuthorizations } from "./place-url.ts";
import { encryptHeaders, encryptSecret } from "./encrypt-endpoint.ts";

/** The parameters that every dialect has for an endpoint; an omitted one has the dialect's default. */
export type NewEndpoint = Pick<Endpoint, "eventTypes" | "authentication"> &
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
      | "filter"
      | "throttleRate"
      | "timeoutMs"
      | "tlsMinVersion"
      | "retrySchedule"
      | "signatureHeaders"
      | "dialectOptions"
    >
  > & {
    /** The URL with its password, if it has one. A URL that was checked before is not checked again. */
    readonly url: string | CheckedUrl;
    readonly disabled?: boolean;
    /** In clear; encrypted before it is stored. Null for dialects without one. */
    readonly secret: string | null;
    readonly headers?: Readonly<Record<string, string>>;
  };

export type EndpointDraft = {
  readonly appRef: string;
  readonly dialect: Dialect;
  readonly endpointId: string;
  readonly fields: NewEndpoint;
  /** Endpoints whose password a URL without one may take, at the same origin. */
  readonly known?: readonly Endpoint[];
};

/**
 * Refuses with `not_found` an unknown app and with `conflict` a taken uid. Invalid fields are refused under
 * their names: `url`, `headers` and, for svix endpoints, `eventTypes`.
 */
export async function createEndpoint(
  context: OperationContext,
  p: EndpointDraft & { readonly idempotencyKey: IdempotencyKey | null },
): Promise<Endpoint> {
  const { appRef, dialect, fields, idempotencyKey } = p;
  const endpoint = draftEndpoint(context, p);
  if (dialect === "svix") {
    const types = fields.eventTypes ?? [];
    await checkWantedTypes(context, { appRef, types }, ["eventTypes"]);
  }
  const done = await context.store.endpoints.create({ appRef, endpoint, idempotencyKey });
  if (done === null) throw unknownApp(appRef);
  return done.value;
}

/** Builds the row as it is stored, encrypted. Refuses `url` at `path`, and `headers`. */
export function draftEndpoint(
  context: OperationContext,
  p: EndpointDraft,
  path: readonly (string | number)[] = ["url"],
): Endpoint {
  const { dialect, endpointId, fields } = p;
  const { secret, headers = {}, disabled = false, ...rest } = fields;
  const given =
    typeof fields.url === "string"
      ? checkEndpointUrl(context, dialect, { url: fields.url, path })
      : fields.url;
  checkHeaders(headers, ["headers"]);
  refuseTwoAuthorizations(given.url, Object.keys(headers), ["headers"]);
  const now = context.now();
  return {
    uid: null,
    method: "POST",
    description: "",
    metadata: {},
    channels: null,
    tags: null,
    lines: null,
    wantsHistory: false,
    filter: null,
    throttleRate: null,
    timeoutMs: null,
    tlsMinVersion: null,
    encryptedTls: null,
    encryptedUserinfo: null,
    retrySchedule: null,
    signatureHeaders: null,
    dialectOptions: null,
    ...rest,
    ...placeUrl(context, { endpointId, given, before: null, known: p.known ?? [] }),
    endpointId,
    // The store finds the app by its reference and inserts its id here.
    appId: p.appRef,
    dialect,
    status: disabled ? "disabled" : "enabled",
    disabledReason: disabled ? "by_user" : null,
    ...encryptHeaders(context, endpointId, headers),
    secrets:
      secret === null
        ? []
        : [
            {
              encrypted: encryptSecret(context, endpointId, secret),
              createdAt: now,
              expiresAt: null,
            },
          ],
    shard: toShard(endpointId),
    version: 1,
    createdAt: now,
    updatedAt: now,
  };
}

/** Returns how a signing secret authenticates: `whsk_` by ed25519, all others by HMAC. */
export function toStrategy(secret: string): "standard-v1" | "standard-v1a" {
  return importSigningKey(secret).version === "v1a" ? "standard-v1a" : "standard-v1";
}

/**
 * Returns one of 256 groups. It is stored with the endpoint, so this function may change without moving any
 * endpoint.
 */
function toShard(endpointId: string): number {
  return createHash("sha256").update(endpointId).digest()[0] as number;
}
