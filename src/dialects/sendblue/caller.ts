/** Who calls: a key's id and its secret, each in a header of its own. */
import type { FastifyRequest } from "fastify";
import { authenticateCaller, requireScope } from "../../operations/authenticate-caller.ts";
import type { Caller } from "../../operations/authenticate-caller.ts";
import type { OperationContext } from "../../operations/context.ts";
import { callerIdempotencyKey } from "../authenticate-first.ts";

/** The app whose key it is. Refuses with `unauthenticated` everything else, bearer tokens too. */
export async function appOfCaller(
  context: OperationContext,
  request: FastifyRequest,
): Promise<string> {
  const caller = await callerOfKey(context, request);
  requireScope(caller, "webhooks");
  if (caller.appId === null) throw new TypeError("a key of this surface belongs to an app");
  return caller.appId;
}

export function callerOfKey(context: OperationContext, request: FastifyRequest): Promise<Caller> {
  return callerIdempotencyKey(request, () => {
    const keyId = request.headers["sb-api-key-id"];
    const keySecret = request.headers["sb-api-secret-key"];
    const isPair = typeof keyId === "string" && typeof keySecret === "string";
    return authenticateCaller(
      context,
      "sendblue",
      isPair ? { kind: "key_pair", keyId, keySecret } : { kind: "none" },
    );
  });
}
