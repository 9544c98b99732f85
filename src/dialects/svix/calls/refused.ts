/** The latest refusals of this node. Svix has no counterpart for these calls. */
import Type from "typebox";
import { ACTOR_KINDS, type OperationContext } from "../../../operations/context.ts";
import { type FoundNames, readNames } from "../../../operations/names/read-names.ts";
import type { RefusedPublish, RefusedRight } from "../../../operations/refusals.ts";
import type { Call } from "../../call.ts";
import { defineCall } from "../call.ts";
import { asOperator } from "../caller.ts";
import {
  EXAMPLE_APP,
  EXAMPLE_KEY_ID,
  EXAMPLE_TIME,
  instant,
  nullable,
  shown,
  toPageAnswer,
} from "./document-fields.ts";
import { isoTime, sendAll } from "./paging.ts";

const facts = {
  id: Type.String({ description: "Its number among the refusals of this node." }),
  at: instant("When it was refused."),
  requestId: Type.String(),
  verb: Type.String({ description: "The call." }),
  app: nullable(Type.String({ description: "The application, as the path names it." })),
  appId: nullable(Type.String({ description: "Its id; null when there is no such application." })),
  appName: nullable(Type.String()),
};
const publish = shown("RefusedPublish", {
  ...facts,
  keyId: Type.String({ description: "The id of the key; `operator` for the admin token." }),
  code: Type.String({ description: "The reason, such as `unknown_event_type`." }),
  refusedField: nullable(Type.String({ description: "The first field that was refused." })),
});
const right = shown("RefusedRight", {
  ...facts,
  actor: Type.Object({
    kind: Type.Enum([...ACTOR_KINDS]),
    id: Type.String(),
    name: nullable(Type.String()),
  }),
  source: nullable(Type.String({ description: "The network of the caller's address." })),
});
const EXAMPLE = {
  id: "7",
  at: EXAMPLE_TIME,
  requestId: "req_2srOrx2ZWZBpBUvZwXKQmoEYga9",
  verb: "createMessage",
  app: EXAMPLE_APP,
  appId: "app_2srOrx2ZWZBpBUvZwXKQmoEYga1",
  appName: "The Blue Door",
};
const all = {
  tag: "Audit",
  portal: null,
  operator: "viewer",
  method: "GET",
  access: asOperator,
  refusals: [],
} as const;

export const REFUSED_CALLS: readonly Call[] = [
  defineCall({
    ...all,
    id: "listRefused",
    summary: "List refused publishes",
    description:
      "The last 1,000 refused publishes of the node that answers, newest first, without bodies. A restart forgets them.",
    path: "/api/v1/refused",
    answers: toPageAnswer("All of them.", "RefusedPublishes", {
      schema: publish,
      example: {
        ...EXAMPLE,
        keyId: EXAMPLE_KEY_ID,
        code: "invalid_field",
        refusedField: "eventType",
      },
    }),
    async handle({ context, reply }) {
      const list = context.refusals.publishes.list();
      const names = await readNamesOf(context, list);
      return await sendAll(reply, list, { id, out: (one) => publishOut(one, names) });
    },
  }),
  defineCall({
    ...all,
    id: "listRefusedRights",
    summary: "List calls that were refused for want of a right",
    description:
      "The last 1,000 calls of the node that answers whose credential did not have the right, newest first. A restart forgets them.",
    path: "/api/v1/audit/refused",
    answers: toPageAnswer("All of them.", "RefusedRights", {
      schema: right,
      example: {
        ...EXAMPLE,
        verb: "createKey",
        actor: { kind: "key", id: EXAMPLE_KEY_ID, name: null },
        source: "192.0.2.0/24",
      },
    }),
    async handle({ context, reply }) {
      const list = context.refusals.rights.list();
      const names = await readNamesOf(context, list);
      return await sendAll(reply, list, { id, out: (one) => rightOut(one, names) });
    },
  }),
];

const id = (one: { readonly id: string }): string => one.id;

type Refused = RefusedPublish | RefusedRight;

async function readNamesOf(
  context: OperationContext,
  list: readonly Refused[],
): Promise<FoundNames> {
  return await readNames(context, { appRefs: list.flatMap(({ app }) => app ?? []) });
}

function factsOut({ id, at, requestId, verb, app }: Refused, names: FoundNames) {
  const found = app === null ? undefined : names.findApp(app);
  const named = { app, appId: found?.id ?? null, appName: found?.name ?? null };
  return { id, at: isoTime(at), requestId, verb, ...named };
}

function publishOut(one: RefusedPublish, names: FoundNames): object {
  const { actorId, code, field } = one;
  return { ...factsOut(one, names), keyId: actorId, code, refusedField: field };
}

function rightOut(one: RefusedRight, names: FoundNames): object {
  const actor = { kind: one.actorKind, id: one.actorId, name: one.actorName };
  return { ...factsOut(one, names), actor, source: one.source };
}
