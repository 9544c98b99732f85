/** The caller: a bearer key of one app, which may do everything with that app's webhooks. */
import type { FastifyRequest } from "fastify";
import type { SchemaCheck } from "../check-schema.ts";
import { AppError } from "../../core/error.ts";
import { ID_PREFIXES } from "../../core/ids/ids.ts";
import { isObject } from "../../core/json/json-value.ts";
import { authenticateCaller } from "../../operations/keys/authenticate-caller.ts";
import type { Caller } from "../../operations/keys/authenticate-caller.ts";
import type { OperationContext } from "../../operations/context.ts";
import { loadCallerOnce } from "../authenticate-first.ts";
import { jsonBody } from "../read-body.ts";

const BEARER = /^Bearer +(\S+) *$/i;

/** Test apps are separate from live ones; their ids contain `test_`. */
export type AppCaller = {
  readonly caller: Caller;
  readonly appId: string;
  readonly isTest: boolean;
};

export async function loadCaller(
  context: OperationContext,
  request: FastifyRequest,
): Promise<AppCaller> {
  const caller = await callerOfKey(context, request);
  const { appId } = caller;
  if (appId === null) throw new AppError("internal", "A key of an app has no app.");
  return { caller, appId, isTest: appId.startsWith(ID_PREFIXES.testApp) };
}

export function callerOfKey(context: OperationContext, request: FastifyRequest): Promise<Caller> {
  return loadCallerOnce(request, () => {
    const token = BEARER.exec(request.headers.authorization ?? "")?.[1];
    return authenticateCaller(
      context,
      "chirp",
      token === undefined ? { kind: "none" } : { kind: "bearer", token },
    );
  });
}

/** The JSON object in the body, validated. Refuses with the name of the invalid field. */
export function readChecked<T>(request: FastifyRequest, check: SchemaCheck<T>): T {
  const { value } = jsonBody(request);
  if (!isObject(value)) throw new AppError("invalid_field", "The body must be a JSON object.");
  return check(value);
}
