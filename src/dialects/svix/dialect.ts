/**
 * The native API, compatible with Svix's, so that its SDKs are ours. Paths, bodies, paging and
 * errors are Svix's; what Svix has no call for stands beside it in the same style. Payloads are
 * carried as text from the request to the webhook and never printed again (I8).
 */
import type { Dialect } from "../dialect.ts";
import { mountApplications } from "./application.ts";
import { mountBatch } from "./batch.ts";
import { mountEndpointExtras } from "./endpoint-extras.ts";
import { mountEndpoints } from "./endpoint.ts";
import { ERRORS, sendError } from "./errors.ts";
import { mountEventTypes } from "./event-type.ts";
import { mountAttempts } from "./message-attempt.ts";
import { mountMessages } from "./message.ts";
import { render } from "./render.ts";
import { mountKeys, mountLines } from "./tenant.ts";

export const svix: Dialect = {
  name: "svix",
  prefixes: ["/api/v1"],
  errors: ERRORS,
  sendError,
  render,
  mount(scope, context) {
    mountApplications(scope, context);
    mountEventTypes(scope, context);
    mountEndpoints(scope, context);
    mountEndpointExtras(scope, context);
    mountMessages(scope, context);
    mountBatch(scope, context);
    mountAttempts(scope, context);
    mountLines(scope, context);
    mountKeys(scope, context);
    scope.get("/api/v1/health", async (_request, reply) => {
      await context.store.ping();
      return reply.code(204).send();
    });
  },
};
