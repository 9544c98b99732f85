/**
 * Signing in to the dashboard and out of it. The session is a cookie that scripts cannot read. Both calls are
 * accepted from pages of this server only, since the cookie is sent to every page's request.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import Type from "typebox";
import { AppError } from "../../core/error.ts";
import { parseJson } from "../../core/json/json.ts";
import { bodyText } from "../../dialects/read-body.ts";
import { createReader } from "../../dialects/read-schema.ts";
import {
  findDashboardSession,
  isFromOwnPage,
  PLAIN_COOKIE,
  SECURE_COOKIE,
} from "../../dialects/svix/dashboard-cookie.ts";
import type { OperationContext } from "../../operations/context.ts";
import {
  createDashboardSignIn,
  DASHBOARD_SESSION_MS,
  signOut,
} from "../../operations/dashboard/dashboard-sessions.ts";

const PATH = "/dashboard/session";
const BODY_BYTES = 1024;

const secret = Type.Optional(Type.String({ minLength: 1, maxLength: 256 }));
const readSignIn = createReader(
  Type.Object({ token: secret, key: secret }, { additionalProperties: false }),
  "refused",
);

/** On the listener that accepts operator calls. */
export function mountDashboardSession(app: FastifyInstance, context: OperationContext): void {
  const signIn = createDashboardSignIn(context);
  app.post(PATH, { bodyLimit: BODY_BYTES }, async (request, reply) => {
    refuseOtherPages(request);
    const { token, key } = readSignIn(parseJson(bodyText(request, null)));
    if ((token === undefined) === (key === undefined)) {
      throw new AppError("invalid_field", "The body needs either `token` or `key`.");
    }
    const { session, endsAt } = await signIn({
      by: token === undefined ? { linkKey: key as string } : { token },
      source: request.source,
    });
    const isSecure = isOverHttps(context, request);
    setCookie(reply, { isSecure, session, maxAgeMs: DASHBOARD_SESSION_MS });
    // Over plain HTTP the cookie reaches every port of this host, and the page says so.
    return reply.send({ endsAt: new Date(endsAt).toISOString(), isSecure });
  });
  app.delete<{ Querystring: { everywhere?: string } }>(PATH, async (request, reply) => {
    refuseOtherPages(request);
    const session = findDashboardSession(request);
    const everywhere = request.query.everywhere === "true";
    if (session !== null) await signOut(context, { session, everywhere });
    const isSecure = isOverHttps(context, request);
    setCookie(reply, { isSecure, session: "", maxAgeMs: 0 });
    return reply.code(204).send();
  });
}

function refuseOtherPages(request: FastifyRequest): void {
  if (isFromOwnPage(request)) return;
  throw new AppError(
    "forbidden",
    "Only pages of this server may sign in. Other clients send the token as a bearer token.",
  );
}

function isOverHttps({ settings }: OperationContext, { protocol, host }: FastifyRequest): boolean {
  // A proxy that ends TLS is only known by the setting, unless it is trusted.
  return protocol === "https" || settings.publicUrl === `https://${host}`;
}

function setCookie(
  reply: FastifyReply,
  p: { readonly isSecure: boolean; readonly session: string; readonly maxAgeMs: number },
): void {
  const name = p.isSecure ? SECURE_COOKIE : PLAIN_COOKIE;
  const parts = [
    `${name}=${p.session}`,
    "Path=/",
    "HttpOnly",
    "SameSite=Strict",
    `Max-Age=${Math.floor(p.maxAgeMs / 1000)}`,
    ...(p.isSecure ? ["Secure"] : []),
  ];
  reply.header("set-cookie", parts.join("; ")).header("cache-control", "no-store");
}
