/**
 * The four calls on an account's webhooks, which are one set: list, add, replace all and remove. Each
 * succeeds with 200, because public clients test for exactly that status.
 */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { refuseField } from "../../../core/error.ts";
import type { JsonValue } from "../../../core/json/json-value.ts";
import type { OperationContext } from "../../../operations/context.ts";
import { authenticateFirst } from "../../authenticate-first.ts";
import { checkWith } from "../../check-schema.ts";
import { bodyText, jsonBody, JSON_TYPES } from "../../read-body.ts";
import { appOfCaller, callerOfKey } from "../caller.ts";
import { readEntries, readRemovals, readSecret, type GivenEntry } from "./read-entries.ts";
import { ADD_BODY, REMOVE_BODY, REMOVE_QUERY, REPLACE_BODY } from "./schemas.ts";
import { changeWebhooks, readWebhooks } from "./stored-set.ts";
import {
  addWebhooks,
  toList,
  removeWebhooks,
  replaceWebhooks,
  type Entry,
  type WebhookSet,
} from "./webhook-set.ts";
import {
  DEFAULT_TYPE,
  DOCUMENTED_TYPES,
  isKnownType,
  KNOWN_TYPES,
  MOST_UNKNOWN_TYPES,
  PATH,
  typeProblem,
  type WebhookType,
} from "../webhooks/webhook-types.ts";

/** Size for as many webhooks as an account can have, so that a client can write back the whole list. */
const BODY_LIMIT_BYTES = 4 * 1024 * 1024;

const checkAdd = checkWith(ADD_BODY);
const checkReplace = checkWith(REPLACE_BODY);
const checkRemove = checkWith(REMOVE_BODY);
const checkRemoveQuery = checkWith(REMOVE_QUERY);

export function mountWebhooks(scope: FastifyInstance, context: OperationContext): void {
  authenticateFirst(scope, (request) => callerOfKey(context, request));
  // Answers contain secrets in clear text, as the vendor's do.
  scope.addHook("onRequest", (_request, reply, done) => {
    reply.header("cache-control", "no-store");
    done();
  });

  scope.get(PATH, async (request) => {
    const appId = await appOfCaller(context, request);
    return { status: "OK", webhooks: webhooksOut(await readWebhooks(context, appId)) };
  });

  scope.post(PATH, { bodyLimit: BODY_LIMIT_BYTES }, async (request) => {
    const appId = await appOfCaller(context, request);
    const { webhooks, type = DEFAULT_TYPE, globalSecret } = checkAdd(jsonBody(request).value);
    refuseType(type, ["type"]);
    const added = {
      type,
      globalSecret: readSecret(globalSecret, ["globalSecret"]),
      entries: readEntries(context, webhooks, { type, path: ["webhooks"] }),
    };
    const after = await changeWebhooks(context, appId, (before) =>
      withinLimit(addWebhooks(before, added)),
    );
    return {
      status: "OK",
      message: "Webhooks added successfully",
      webhooks: webhooksOut(after),
    };
  });

  scope.put(PATH, { bodyLimit: BODY_LIMIT_BYTES }, async (request) => {
    const appId = await appOfCaller(context, request);
    const { value } = jsonBody(request);
    const { globalSecret, ...given } = checkReplace(value).webhooks;
    refuseMisplaced(value);
    const wanted = {
      lists: readLists(context, given),
      globalSecret: readSecret(globalSecret, ["webhooks", "globalSecret"]),
    };
    const after = await changeWebhooks(context, appId, (before) =>
      withinLimit(replaceWebhooks(before, wanted)),
    );
    return {
      status: "OK",
      message: "Webhooks updated successfully",
      webhooks: webhooksOut(after),
    };
  });

  scope.delete(PATH, { bodyLimit: BODY_LIMIT_BYTES }, async (request) => {
    const appId = await appOfCaller(context, request);
    const { webhooks, type = DEFAULT_TYPE } = checkRemove(toRemoval(request));
    refuseType(type, ["type"]);
    const removed = { type, urls: readRemovals(context, webhooks) };
    await changeWebhooks(context, appId, (before) => removeWebhooks(before, removed));
    return { status: "OK", message: "Webhooks deleted successfully" };
  });
}

function readLists(
  context: OperationContext,
  given: Readonly<Record<string, unknown>>,
): ReadonlyMap<WebhookType, readonly Entry[]> {
  const lists = new Map<WebhookType, readonly Entry[]>();
  for (const [name, entries] of Object.entries(given)) {
    const path = ["webhooks", name];
    refuseType(name, path);
    const list = readEntries(context, entries as readonly GivenEntry[], { type: name, path });
    lists.set(name, list);
  }
  return lists;
}

function refuseType(name: string, path: readonly string[]): void {
  const problem = typeProblem(name);
  if (problem !== null) throw refuseField("invalid_field", path, problem);
}

function withinLimit(set: WebhookSet): WebhookSet {
  const unknown = unknownTypes(set).length;
  if (unknown <= MOST_UNKNOWN_TYPES) return set;
  const message = `${unknown} unknown types would have webhooks; at most ${MOST_UNKNOWN_TYPES} are allowed`;
  throw refuseField("invalid_field", ["webhooks"], message);
}

/** Unknown types with webhooks, sorted by name. */
function unknownTypes(set: WebhookSet): readonly string[] {
  const types = [...set.lists.keys()].filter((type) => !isKnownType(type));
  return types.filter((type) => toList(set, type).length > 0).toSorted();
}

/** POST has the field beside the webhooks, PUT inside them. A misplaced secret must not be lost silently. */
function refuseMisplaced(body: JsonValue): void {
  if (Object.hasOwn(body as object, "globalSecret")) {
    const message = "put globalSecret inside webhooks in this call";
    throw refuseField("invalid_field", ["globalSecret"], message);
  }
}

/** Some clients and proxies send no body with DELETE. The query then has the same parameters. */
function toRemoval(request: FastifyRequest): unknown {
  if (bodyText(request, JSON_TYPES) !== "") return jsonBody(request).value;
  const query = request.query as Readonly<Record<string, string | readonly string[]>>;
  const webhooks = query["webhooks"] ?? query["webhooks[]"];
  return checkRemoveQuery({
    ...(webhooks === undefined ? undefined : { webhooks: [webhooks].flat() }),
    ...(query["type"] === undefined ? undefined : { type: query["type"] }),
  });
}

function webhooksOut(set: WebhookSet): object {
  const documented: readonly string[] = DOCUMENTED_TYPES;
  const shown = [...KNOWN_TYPES, ...unknownTypes(set)].filter(
    (type) => documented.includes(type) || toList(set, type).length > 0,
  );
  const lists = shown.map((type) => [type, toList(set, type).map(entryOut)]);
  return {
    ...Object.fromEntries(lists),
    ...(set.globalSecret === null ? undefined : { globalSecret: set.globalSecret }),
  };
}

function entryOut({ form, shownUrl, secret, numbers }: Entry): string | object {
  if (form === "string") return shownUrl;
  return {
    url: shownUrl,
    ...(secret === null ? undefined : { secret }),
    ...(numbers === null ? undefined : { sendblue_numbers: numbers }),
  };
}
