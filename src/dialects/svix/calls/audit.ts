/** The record of changes of configuration. Svix has no counterpart for this call. */
import Type from "typebox";
import { listAudit } from "../../../operations/audit/list-audit.ts";
import { ACTOR_KINDS, type AuditEntry } from "../../../operations/context.ts";
import { type FoundNames, readNames } from "../../../operations/names/read-names.ts";
import { instantIn } from "../../request-schema.ts";
import type { Call } from "../../call.ts";
import { defineCall } from "../call.ts";
import { asOperator } from "../caller.ts";
import {
  EXAMPLE_KEY_ID,
  EXAMPLE_TIME,
  instant,
  nullable,
  shown,
  toPageAnswer,
} from "./document-fields.ts";
import { createPaging } from "./list-query.ts";
import { isoTime, sendPage } from "./paging.ts";

/** A change of a set of webhooks may have many. */
const NAMED_IDS = 3;
const entry = shown("AuditEntry", {
  id: Type.String(),
  at: instant("When it was made."),
  requestId: Type.String({ description: "The `x-request-id` of the call's answer." }),
  actor: Type.Object({
    kind: Type.Enum([...ACTOR_KINDS]),
    id: Type.String({
      description:
        "The id of the key, the portal token or the line; `operator` for the admin token.",
    }),
    name: nullable(Type.String({ description: "The name of an operator key." })),
  }),
  source: nullable(
    Type.String({ description: "The network of the caller's address: /24, or /48 of IPv6." }),
  ),
  verb: Type.String({
    description:
      "The call, such as `createEndpoint`; calls of other APIs begin with their name. `reveal` for each call that shows masked content.",
  }),
  appId: nullable(Type.String({ description: "Null for a change of the server." })),
  appName: nullable(Type.String({ description: "Null for a deleted application." })),
  ids: Type.Array(Type.String(), { description: "The resources that the call changed or showed." }),
  endpoints: Type.Array(
    Type.Object({
      id: Type.String(),
      name: Type.String({ description: "The host and the path of its URL." }),
    }),
    { description: "Those among the first three `ids` that are endpoints and are not deleted." },
  ),
});
const EXAMPLE = {
  id: "42",
  at: EXAMPLE_TIME,
  requestId: "req_2srOrx2ZWZBpBUvZwXKQmoEYga9",
  actor: { kind: "operator_key", id: EXAMPLE_KEY_ID.replace("key_", "opkey_"), name: "Ada" },
  source: "192.0.2.0/24",
  verb: "createEndpoint",
  appId: "app_2srOrx2ZWZBpBUvZwXKQmoEYga1",
  appName: "The Blue Door",
  ids: ["ep_2srOrx2ZWZBpBUvZwXKQmoEYga2"],
  endpoints: [{ id: "ep_2srOrx2ZWZBpBUvZwXKQmoEYga2", name: "example.com/hooks" }],
};
const entries = createPaging({
  isCursor: (text) => /^[1-9]\d{0,14}$/.test(text),
  order: "newest_first",
});
const filter = (description: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength: 256, description }));

export const AUDIT_CALLS: readonly Call[] = [
  defineCall({
    tag: "Audit",
    id: "listAudit",
    portal: null,
    operator: "viewer",
    summary: "List changes of configuration",
    description:
      "Every call that changed configuration, asked for a replay or showed masked content, newest first, kept for 400 days. Publishes, deliveries and sign-ins are not listed.",
    method: "GET",
    path: "/api/v1/audit",
    access: asOperator,
    query: entries.toQuery({
      app_id: filter("Selects only changes of the application with this id."),
      actor_id: filter("Selects only changes by this key, token or line."),
      verb: filter("Selects only this call."),
      since: Type.Optional(instantIn("Selects only changes at or after this time.")),
    }),
    example: { query: { verb: "createEndpoint" } },
    answers: toPageAnswer("A page of changes.", "AuditEntries", {
      schema: entry,
      example: EXAMPLE,
    }),
    refusals: ["invalid_field"],
    async handle({ context, query, reply }) {
      const { app_id: appId, actor_id: actorId, verb, since } = query;
      const page = await listAudit(context, {
        window: entries.toPageRequest(query),
        filter: { appId, actorId, verb, since },
      });
      const names = await readNames(context, {
        appRefs: page.items.flatMap(({ appId: one }) => one ?? []),
        endpointIds: page.items.flatMap(({ ids }) => ids.slice(0, NAMED_IDS)),
      });
      return sendPage(reply, page, {
        id: ({ id }) => id,
        text: (one) => JSON.stringify(entryOut(one, names)),
      });
    },
  }),
];

function entryOut(one: AuditEntry, names: FoundNames): object {
  const { id, at, requestId, actorKind, actorId, actorName, source, verb, appId, ids } = one;
  const actor = { kind: actorKind, id: actorId, name: actorName };
  const appName = appId === null ? null : (names.findApp(appId)?.name ?? null);
  const endpoints = ids.slice(0, NAMED_IDS).flatMap((ref) => {
    const found = names.findEndpoint(ref);
    return found === undefined ? [] : [{ id: found.id, name: found.name }];
  });
  const by = { actor, source, verb };
  return { id, at: isoTime(at), requestId, ...by, appId, appName, ids, endpoints };
}
