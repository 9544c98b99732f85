/** Exports event types, applications and endpoints, and imports them on this or another server. */
import Type from "typebox";
import { LIMITS } from "../../../core/limits.ts";
import { refuseLimit } from "../../../core/limits/limit.ts";
import { parseJson } from "../../../core/json/json.ts";
import type { OperationContext } from "../../../operations/context.ts";
import {
  type ExportedApp,
  exportApps,
} from "../../../operations/environment/export-environment.ts";
import { eachExportedType } from "../../../operations/event-types/import-event-types.ts";
import { bodyText } from "../../read-body.ts";
import type { Call } from "../../call.ts";
import { defineCall } from "../call.ts";
import { asOperator } from "../caller.ts";
import { applicationOut } from "./application-model.ts";
import { answer, flag, NOTHING } from "./document-fields.ts";
import { endpointOut } from "./endpoint-out.ts";
import { importEnvironment } from "./environment-import.ts";
import { EXAMPLE_ENVIRONMENT, environmentIn, environmentOut } from "./environment-model.ts";
import { eventTypeOut } from "./event-type-model.ts";
import { isoTime, sendParts } from "./paging.ts";

const { environmentBytes } = LIMITS;
const common = {
  tag: "Environment",
  method: "POST",
  portal: null,
  access: asOperator,
} as const;

export const ENVIRONMENT_CALLS: readonly Call[] = [
  defineCall({
    ...common,
    id: "exportEnvironment",
    operator: "admin",
    summary: "Export the environment",
    description:
      "Returns the registered event types, and applications with their endpoints of this API. Passwords of URLs, client certificates, keys, lines and messages are not included. Requires the admin token.",
    path: "/api/v1/environment/export",
    query: Type.Object({
      app_ids: Type.Optional(
        Type.Array(Type.String(), {
          description: "Ids or uids of the applications to export (default: all).",
        }),
      ),
      with_secrets: Type.Optional(
        flag("Includes the headers and the signing secrets of endpoints in clear."),
      ),
    }),
    example: { query: { with_secrets: false } },
    answers: { 200: answer("The environment.", environmentOut, EXAMPLE_ENVIRONMENT) },
    refusals: ["invalid_field", "not_found", "limit_reached"],
    async handle({ context, query, reply }) {
      const { app_ids: appRefs = null, with_secrets: withSecrets = false } = query;
      const parts = await toParts(context, { appRefs, withSecrets });
      return sendParts(reply, 200, parts);
    },
  }),
  defineCall({
    ...common,
    id: "importEnvironment",
    operator: "operator",
    summary: "Import an environment",
    description:
      "Registers or replaces the event types, applications and endpoints of an export, and deletes nothing. An application or endpoint is found by its uid; one without a uid gets `from-` and its id as uid. An existing endpoint keeps its secret. Everything is checked before the first change, except addresses and limits. A repeat completes an import that was interrupted. Requires the admin token.",
    path: "/api/v1/environment/import",
    route: () => ({ bodyLimit: environmentBytes.value }),
    query: Type.Object({
      disable_endpoints: Type.Optional(
        flag("Imports every endpoint as disabled, so that a copy sends nothing to its receivers."),
      ),
    }),
    body: environmentIn,
    example: { body: { eventTypes: [{ name: "order.lost", description: "An order was lost." }] } },
    answers: NOTHING,
    refusals: [
      "invalid_field",
      "unknown_field",
      "unknown_event_type",
      "invalid_url",
      "blocked_url",
      "conflict",
      "limit_reached",
    ],
    async handle({ context, query, request }) {
      await importEnvironment(context, parseJson(bodyText(request, null)), {
        disablesEndpoints: query.disable_endpoints ?? false,
      });
    },
  }),
];

/** The parts of the answer. Refuses with `limit_reached` as soon as they are too long. */
async function toParts(
  context: OperationContext,
  p: { readonly appRefs: readonly string[] | null; readonly withSecrets: boolean },
): Promise<readonly string[]> {
  const parts: string[] = [];
  let bytes = 0;
  const add = (text: string): void => {
    bytes += Buffer.byteLength(text);
    if (bytes > environmentBytes.value) throw refuseLimit(environmentBytes, environmentBytes.value);
    parts.push(text);
  };
  add(`{"version":1,"createdAt":"${isoTime(context.now())}","eventTypes":[`);
  let comma = "";
  for await (const type of eachExportedType(context)) {
    add(comma + eventTypeOut(type, true));
    comma = ",";
  }
  add('],"settings":null,"connectors":[],"applications":[');
  comma = "";
  for await (const exported of exportApps(context, p)) {
    add(comma + JSON.stringify(exportedOut(exported)));
    comma = ",";
  }
  add("]}");
  return parts;
}

function exportedOut({ app, endpoints }: ExportedApp): object {
  return {
    ...applicationOut(app),
    endpoints: endpoints.map(({ endpoint, secrets }) => {
      if (secrets === null) return endpointOut(endpoint);
      const { headers, secret } = secrets;
      return { ...endpointOut(endpoint), headers, ...(secret === null ? undefined : { secret }) };
    }),
  };
}
