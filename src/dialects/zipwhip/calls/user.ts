/** Login and logout. An unescaped `+` in a number is restored. */
import type { FastifyInstance } from "fastify";
import type { Static } from "typebox";
import { refuseField } from "../../../core/error.ts";
import type { OperationContext } from "../../../operations/context.ts";
import { createLineLogin, logoutLine } from "../../../operations/lines/login-line.ts";
import { success } from "./answer.ts";
import { mountCall } from "./call-route.ts";
import { sessionMissing } from "../caller.ts";
import { parameterReader, repairedNumber } from "./read-parameters.ts";
import { LOGIN, LOGIN_PATH, LOGOUT } from "./user-calls.ts";

/** Size of a username and a password of 256 characters each, with every character escaped. */
const LOGIN_LIMIT_BYTES = 4 * 1024;

export function mountUser(scope: FastifyInstance, context: OperationContext): void {
  const login = createLineLogin(context);
  const readLogin = parameterReader(LOGIN);
  const readLogout = parameterReader(LOGOUT);

  mountCall(
    scope,
    LOGIN_PATH,
    async (request) => {
      const fields = (await readLogin(request)).check();
      const { password } = fields;
      const { source } = request;
      return success(await login({ username: toUsername(fields), password, source }));
    },
    LOGIN_LIMIT_BYTES,
  );

  mountCall(scope, "/user/logout", async (request) => {
    const { session } = await readLogout(request);
    if (session === null) throw sessionMissing();
    await logoutLine(context, session);
    return success(true);
  });
}

function toUsername({ username, mobileNumber }: Static<typeof LOGIN>): string {
  const given = username ?? mobileNumber;
  if (given === undefined) {
    throw refuseField("invalid_field", ["username"], "username is missing.");
  }
  if (mobileNumber !== undefined && mobileNumber !== given) {
    const message =
      "username and mobileNumber are two names of one parameter, but their values differ; give one of them.";
    throw refuseField("invalid_field", ["mobileNumber"], message);
  }
  return repairedNumber(given);
}
