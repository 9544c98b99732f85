/** The caller: the id and the secret of a key, each in a separate header. */
import type { FastifyRequest } from "fastify";
import { authenticateCaller, requireScope } from "../../operations/keys/authenticate-caller.ts";
import type { Caller } from "../../operations/keys/authenticate-caller.ts";
import type { OperationContext } from "../../operations/context.ts";
import { loadCallerOnce } from "../authenticate-first.ts";

/** The app of the key. Refuses everything else, including bearer tokens, with `unauthenticated`. */
export async function appOfCaller(
  context: OperationContext,
  request: FastifyRequest,
): Promise<string> {
  const caller = await callerOfKey(context, request);
  requireScope(caller, "webhooks");
  if (caller.appId === null) throw new TypeError("a Sendblue key has no app");
  return caller.appId;
}

export function callerOfKey(context: OperationContext, request: FastifyRequest): Promise<Caller> {
  return loadCallerOnce(request, () => {
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
