/** The TLS configuration of an endpoint of any dialect. Svix has no call for it. */
import type { FastifyInstance } from "fastify";
import type { OperationContext } from "../../../operations/context.ts";
import {
  clearEndpointTls,
  setEndpointTls,
  showEndpointTls,
} from "../../../operations/endpoints/set-endpoint-tls.ts";
import type { ShownTls } from "../../../operations/endpoints/set-endpoint-tls.ts";
import { jsonBody } from "./json-body.ts";
import { readFields } from "../../read-fields.ts";
import { loadEndpoint } from "./endpoint.ts";
import { readQuery } from "./query.ts";

const PATH = "/api/v1/app/:app/endpoint/:endpoint/tls";

export const PEM_RULES = { min: 1, max: 65_536 } as const;
export const TLS_VERSION_RULES = { form: /^1\.[0-3]$/, meaning: "1.0, 1.1, 1.2 or 1.3" } as const;

export function mountEndpointTls(scope: FastifyInstance, context: OperationContext): void {
  scope.get(PATH, async (request) => {
    const { endpoint } = await loadEndpoint(context, request);
    readQuery(request).finish();
    return showEndpointTls(context, endpoint);
  });

  scope.put(PATH, async (request) => {
    const { appRef, endpoint } = await loadEndpoint(context, request);
    readQuery(request).finish();
    const fields = readFields(jsonBody(request).value);
    const tls = {
      clientCert: fields.text("clientCert", PEM_RULES) ?? null,
      clientKey: fields.text("clientKey", PEM_RULES) ?? null,
      ca: fields.text("ca", PEM_RULES) ?? null,
      minVersion: (fields.text("minVersion", TLS_VERSION_RULES) ?? null) as ShownTls["minVersion"],
    };
    fields.finish();
    return setEndpointTls(context, { appRef, endpoint, tls });
  });

  scope.delete(PATH, async (request, reply) => {
    const { appRef, endpoint } = await loadEndpoint(context, request);
    readQuery(request).finish();
    await clearEndpointTls(context, { appRef, endpoint });
    return reply.code(204).send();
  });
}
