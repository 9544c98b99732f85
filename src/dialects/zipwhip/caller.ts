/** The caller is a line, identified by the session that its login returned. */
import type { FastifyRequest } from "fastify";
import type { Static, TObject } from "typebox";
import { AppError } from "../../core/error.ts";
import { authenticateCaller, type Caller } from "../../operations/keys/authenticate-caller.ts";
import type { OperationContext } from "../../operations/context.ts";
import type { ParameterReader } from "./calls/read-parameters.ts";

/** The line of an app, with the names that operations use. */
export type LineOfCaller = { readonly appRef: string; readonly line: string };

export type LineCall<S extends TObject> = {
  readonly caller: LineOfCaller;
  /** The session's line, as the record of changes names it. */
  readonly actor: Caller;
  readonly fields: Static<S>;
};

/**
 * The caller is authenticated before the parameters are checked: an unknown caller learns nothing else. A
 * session in the query is looked up before anything is parsed.
 */
export async function loadLineCall<S extends TObject>(
  context: OperationContext,
  request: FastifyRequest,
  read: ParameterReader<S>,
): Promise<LineCall<S>> {
  const inQuery = sessionInQuery(request);
  const known = inQuery === null ? null : await callerOfSession(context, inQuery);
  const { session, check } = await read(request);
  if (session === null) throw sessionMissing();
  const isKnown = known !== null && session === inQuery;
  const actor = isKnown ? known : await callerOfSession(context, session);
  return { caller: toLine(actor), actor, fields: check() };
}

function sessionInQuery({ url }: FastifyRequest): string | null {
  const text = /[?&]session=([^&#]+)/i.exec(url)?.[1];
  return text === undefined ? null : new URLSearchParams(`session=${text}`).get("session");
}

export async function lineOfSession(
  context: OperationContext,
  session: string,
): Promise<LineOfCaller> {
  return toLine(await callerOfSession(context, session));
}

function callerOfSession(context: OperationContext, session: string): Promise<Caller> {
  return authenticateCaller(context, "zipwhip", { kind: "session", session });
}

function toLine({ appId, lineNumber }: Caller): LineOfCaller {
  if (appId === null || lineNumber === null) {
    throw new AppError("internal", "A session has no line.");
  }
  return { appRef: appId, line: lineNumber };
}

export function sessionMissing(): AppError {
  return new AppError("unauthenticated", "session is missing; get one with user/login.");
}
