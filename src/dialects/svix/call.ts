/**
 * A call of the native API is one value: its route, its schemas, its document and its handler. The schemas
 * check the request before the handler runs: the caller first, then the query, then the body.
 */
import type { FastifyReply, FastifyRequest, RouteShorthandOptions } from "fastify";
import Type from "typebox";
import type { Static, TObject, TSchema } from "typebox";
import type { OperatorRole } from "../../core/operator-role.ts";
import type { Capability } from "../../core/portal/capabilities.ts";
import { REVEAL_VERB } from "../../operations/audit/reveal.ts";
import { parseJson, stringifyJson } from "../../core/json/json.ts";
import { toActor } from "../to-actor.ts";
import type { Caller } from "../../operations/keys/authenticate-caller.ts";
import type { IdempotencyKey, OperationContext } from "../../operations/context.ts";
import type { ApiCall, ApiExample, ApiMethod } from "../api-document.ts";
import type { Call } from "../call.ts";
import { CREATES } from "../dialect.ts";
import { bodyText } from "../read-body.ts";
import { readIdempotencyKey } from "../read-idempotency-key.ts";
import { createReader, type Nulls } from "../read-schema.ts";
import { ONCE, toParams, type ParamName } from "./calls/document-fields.ts";
import { sendText } from "./calls/paging.ts";
import { maskFromNowOn, refuseRevealing } from "./personal.ts";
import { createQueryReader } from "./read-query.ts";

/** Authenticates the caller, and loads the resources of the path. `caller` is null for an open call. */
export type Access<A extends { readonly caller: Caller | null }> = (
  context: OperationContext,
  request: FastifyRequest,
) => Promise<A>;

/** The parameter of a handler, in addition to the result of `access`. */
export type Given<Query, Body> = {
  readonly context: OperationContext;
  /** Those of the path. */
  readonly params: Readonly<Record<ParamName, string>>;
  readonly query: Query;
  readonly body: Body;
  /** The text of the body, from which parts are kept as they were sent. */
  readonly text: string;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** Null when the request has none. */
  idempotencyKey(): IdempotencyKey | null;
};

export type Spec<A, Q extends TObject, B extends TObject> = Pick<
  ApiCall,
  "id" | "tag" | "summary" | "description" | "path" | "answers" | "refusals"
> & {
  readonly method: ApiMethod;
  /**
   * The capability with which a portal token may make the call, for its own application. With null, which is
   * also for open calls, it may not. Scopes of `access` apply as well: a portal token has that of a manager.
   */
  readonly portal: Capability | null;
  /**
   * The role that an operator key needs: `viewer` to read, `admin` to make credentials, to see secrets or to
   * delete an application. An open call has `viewer`.
   */
  readonly operator: OperatorRole;
  readonly access: Access<A & { readonly caller: Caller | null }>;
  readonly query?: Q;
  readonly body?: B;
  readonly bodyIsOptional?: true;
  /** The default is `refused` for PATCH and `absent` for other calls. */
  readonly nulls?: Nulls;
  /** Publishes only, so its changes are not of configuration and are not recorded. */
  readonly publishes?: true;
  /**
   * Answers configuration, which forms send back. In the dashboard of an operator with masked answers only marked
   * fields are masked then.
   */
  readonly configuration?: true;
  /** Answers a masked caller in full, after the handler has recorded it. */
  readonly reveals?: true;
  /** Accepts an `Idempotency-Key`. */
  readonly idempotent?: true;
  /** Adds to a named collection, whose path may end in a slash. */
  readonly creates?: true;
  readonly example?: ApiExample;
  /**
   * With options for the route, the handler reads the body itself. The schema then only documents it.
   */
  readonly route?: (context: OperationContext) => RouteShorthandOptions;
  /**
   * Returns the body of the answer, undefined for none, or the reply that it sent. The status is the one in
   * `answers`; with several, the handler sets it.
   */
  handle(call: A & Given<Static<Q>, Static<B>>): unknown;
};

const NO_FIELDS = Type.Object({});

export function defineCall<
  A,
  Q extends TObject = typeof NO_FIELDS,
  B extends TObject = typeof NO_FIELDS,
>(spec: Spec<A, Q, B>): Call {
  const { method, access, query, body, bodyIsOptional = false, nulls, handle, ...rest } = spec;
  const {
    publishes = false,
    configuration = false,
    reveals = false,
    portal,
    operator,
    idempotent,
    creates,
    route,
    example,
    ...call
  } = rest;
  const isOpen = Object.is(access, anyone);
  const readQuery = createQueryReader(query ?? NO_FIELDS);
  const readsBody = body !== undefined && route === undefined;
  const readBody = createReader(
    readsBody ? body : NO_FIELDS,
    nulls ?? (method === "PATCH" ? "refused" : "absent"),
  );
  const [status, ...otherStatuses] = Object.keys(call.answers).map(Number);
  const params = toParams(call.path);
  const records = method !== "GET" && !publishes;
  const verb = reveals ? REVEAL_VERB : call.id;
  const shown = findShown(call.answers);
  return {
    ...call,
    ...describeRights(spec),
    methods: [method],
    security: isOpen ? [] : ["bearer"],
    ...(params === null ? undefined : { params: params.schema }),
    ...(query === undefined ? undefined : { query }),
    ...(idempotent === undefined ? undefined : { headers: ONCE }),
    ...(body === undefined
      ? undefined
      : { body: { schema: body, mediaTypes: ["application/json"], required: !bodyIsOptional } }),
    ...(params === null && example === undefined
      ? undefined
      : { example: { ...(params === null ? undefined : { params: params.example }), ...example } }),
    portal,
    operator,
    toOptions(context) {
      const options = route?.(context) ?? (creates === undefined ? {} : CREATES);
      return {
        ...options,
        config: { ...options.config, portal, isOpen, operator, callId: call.id, publishes },
      };
    },
    createHandler: (context) => async (request, reply) => {
      const allowed = await access(context, request);
      const isMasked = allowed.caller?.isMasked === true && !reveals;
      const isViewer = allowed.caller?.role === "viewer";
      const isExact = configuration || method !== "GET";
      if (isMasked) maskFromNowOn(request, { schema: shown, masksUnmarked: isViewer || !isExact });
      const read = readQuery(request.query);
      if (isMasked) refuseRevealing(query ?? NO_FIELDS, read, isViewer);
      // Releases of Svix's JavaScript SDK send JSON as text/plain, so any Content-Type is accepted.
      const text = readsBody ? bodyText(request, null) : "";
      const isAbsent = bodyIsOptional && text === "";
      const fields = readsBody ? readBody(isAbsent ? {} : parseJson(text)) : {};
      if (status !== undefined && otherStatuses.length === 0) reply.code(status);
      const answer = await handle({
        ...allowed,
        context: records ? toActor(context, request, verb) : context,
        params: request.params as Record<ParamName, string>,
        query: read as Static<Q>,
        body: fields as Static<B>,
        text,
        request,
        reply,
        idempotencyKey: () =>
          allowed.caller === null ? null : readIdempotencyKey(request, allowed.caller, context),
      });
      const isEmpty = answer === undefined || status === 204;
      if (isEmpty && !reply.sent) return reply.send();
      if (!isMasked || answer === reply) return answer;
      return await sendText(reply, reply.statusCode, stringifyJson(answer));
    },
  };
}

/** The schema of a successful answer. */
function findShown(answers: ApiCall["answers"]): TSchema | null {
  const found = Object.entries(answers).find(([status]) => status.startsWith("2"));
  return found?.[1].schema ?? null;
}

/** Adds the rights that the call needs to its description. */
function describeRights(
  spec: Pick<Spec<unknown, TObject, TObject>, "description" | "portal" | "operator">,
): { readonly description?: string } {
  const { description, portal, operator } = spec;
  const sentences = [
    ...(description === undefined ? [] : [description]),
    ...(portal === null ? [] : [`A portal token needs the capability \`${portal}\`.`]),
    ...(operator === "viewer" ? [] : [`An operator key needs the role \`${operator}\`.`]),
  ];
  return sentences.length === 0 ? {} : { description: sentences.join(" ") };
}

/** Access to a call that needs no credentials. */
export async function anyone(): Promise<{ readonly caller: null }> {
  return { caller: null };
}
