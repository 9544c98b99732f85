/** Creates endpoints, by a post or by a put under a new uid. */
import { generateSecret } from "../../../core/crypto/signing-secret.ts";
import { ID_PREFIXES } from "../../../core/ids/ids.ts";
import type { Endpoint, IdempotencyKey, OperationContext } from "../../../operations/context.ts";
import { createEndpoint, toStrategy } from "../../../operations/endpoints/create-endpoint.ts";
import { findEndpoint, unknownEndpoint } from "../../../operations/endpoints/read-endpoints.ts";
import { updateEndpoint } from "../../../operations/endpoints/update-endpoint.ts";
import { upsertResource } from "../../../operations/upsert-resource.ts";
import { newUid } from "./model-rules.ts";
import { refuseForeign } from "./endpoint-access.ts";
import { ENDPOINT_DEFAULTS, type EndpointFields } from "./endpoint-model.ts";
import { byId } from "./paging.ts";

/** Replaces the fields of an endpoint, or creates it under its uid. */
export function replaceEndpoint(
  context: OperationContext,
  p: { readonly appRef: string; readonly ref: string; readonly fields: EndpointFields },
): Promise<{ readonly value: Endpoint; readonly created: boolean }> {
  const { appRef, ref, fields } = p;
  return upsertResource<Endpoint>({
    find: () => findEndpoint(context, { appRef, ref }),
    async create() {
      if (byId.endpoint(ref)) throw unknownEndpoint(ref);
      const uid = newUid(fields.uid ?? null, { name: "endpoint", ref, prefix: "ep_" });
      const nothing = { headers: {}, secret: null, idempotencyKey: null };
      return makeEndpoint(context, { appRef, fields: { ...fields, uid }, ...nothing });
    },
    async update(before) {
      refuseForeign(before);
      // A put under a uid, without a uid in the body, keeps the uid. Otherwise the next put would create
      // another endpoint.
      const uid = fields.uid ?? (ref === before.uid ? ref : null);
      return updateEndpoint(context, {
        appRef,
        ref: before.endpointId,
        dialect: "svix",
        fields: { ...ENDPOINT_DEFAULTS, ...fields, uid },
      });
    },
  });
}

/** Creates an endpoint, with a generated secret unless one is given. */
export function makeEndpoint(
  context: OperationContext,
  p: {
    readonly appRef: string;
    readonly fields: EndpointFields;
    readonly headers: Readonly<Record<string, string>>;
    readonly secret: string | null;
    readonly idempotencyKey: IdempotencyKey | null;
  },
): Promise<Endpoint> {
  const { appRef, idempotencyKey, headers } = p;
  const secret = p.secret ?? generateSecret(context.randomBytes);
  const fields = {
    ...ENDPOINT_DEFAULTS,
    url: "",
    ...p.fields,
    headers,
    secret,
    authentication: [toStrategy(secret)],
  };
  const endpointId = context.ids.next(ID_PREFIXES.endpoint);
  return createEndpoint(context, { appRef, dialect: "svix", endpointId, fields, idempotencyKey });
}
