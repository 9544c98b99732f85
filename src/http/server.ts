/**
 * The listener: mounts every dialect in a separate scope and gives each request a raw body, a limit, a
 * deadline and an id. It reads no body and knows no wire form. A refusal of the listener has the envelope of
 * the dialect whose path it is. Queries are never logged (I10).
 */
import Fastify from "fastify";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { AppError, refuseField } from "../core/error.ts";
import { ID_PREFIXES } from "../core/ids/ids.ts";
import { LIMITS } from "../core/limits.ts";
import type { Dialect } from "../dialects/dialect.ts";
import type { OperationContext } from "../operations/context.ts";
import { createAnswerRefusal } from "./answer-refusal.ts";
import { limitBodies } from "./body-room.ts";
import type { IpRange } from "../net/policy/ip-number.ts";
import { proxyNotTrusted } from "../telemetry/source-events.ts";
import { createClientSource } from "./client-source.ts";
import { closeApp } from "./close-app.ts";
import { allowOrigin } from "./cross-origin.ts";
import type { AllowedOrigins } from "./cross-origin.ts";
import { findDialect, rewriteUrl, toPath } from "./dialect-paths.ts";
import { scanLargeBodies } from "./large-bodies.ts";
import { mountDocuments } from "./api-documents/document-routes.ts";
import { mountStartPage } from "./start-page.ts";
import { openBuiltPages } from "./ui/built-pages.ts";
import type { BuiltPages, Face } from "./ui/built-pages.ts";
import { mountPages, type ServedFaces } from "./ui/page-routes.ts";
import { mountStatus } from "./status-routes.ts";
import { limitAnswers } from "./limit-answers.ts";
import { paceRefusals } from "./pace-refusals.ts";
import { mountDashboardSession } from "./ui/dashboard-session.ts";
import { isTakenPath, REFUSED_PATH } from "./named-paths.ts";
import { createRefuseUnknownCall } from "./refuse-unknown-call.ts";

export type HttpAddress = { readonly host: string; readonly port: number };

export type HttpSettings = HttpAddress & {
  /** Address for operator calls and metrics; null serves them here too. */
  readonly admin: HttpAddress | null;
  /** Addresses of proxies whose X-Forwarded-For is trusted. */
  readonly trustProxy: readonly IpRange[];
  /** Origins whose pages may call the APIs that permit it. */
  readonly corsOrigins: AllowedOrigins;
  /** Origins whose pages may show the portal in a frame. */
  readonly portalFrameAncestors: AllowedOrigins;
  readonly portalName: string;
  readonly portalLogo: string;
  readonly portalAccent: string;
  readonly portalReturnUrl: string;
};

export type HttpServer = {
  /** Resolves with the addresses once they accept requests. */
  listen(): Promise<{ readonly url: string; readonly adminUrl: string | null }>;
  /**
   * Answers all requests with `Connection: close` until no client is connected or a moment has passed. Then
   * accepts no new connection, answers received requests, and closes idle connections. A request that is
   * still being sent after `graceMs` is cut off, so a slow upload does not delay a stop.
   */
  close(p: { readonly graceMs: number }): Promise<void>;
};

const SMALL_BODY_BYTES = 1024 * 1024;
/** Time limit for receiving a whole request, including its headers. */
const RECEIVE_TIMEOUT_MS = 30_000;
/** Interval of the check for requests past that limit, and for connections without a request. */
const RECEIVE_CHECK_MS = 5_000;
const KEEP_ALIVE_TIMEOUT_MS = 72_000;
/** A uid has at most 256 characters, each of which may be encoded as three. */
const PARAM_LIMIT = 1024;

export function createHttpServer(p: {
  readonly dialects: readonly Dialect[];
  readonly context: OperationContext;
  readonly settings: HttpSettings;
  /** Version of the program, for its API documents. */
  readonly version: string;
}): HttpServer {
  const { context, settings } = p;
  const hasAdminListener = settings.admin !== null;
  const publicContext = hasAdminListener ? { ...context, adminTokenHash: null } : context;
  const pages = openBuiltPages();
  const publicApp = createApp({
    ...p,
    pages,
    context: publicContext,
    withMetrics: !hasAdminListener,
    faces: hasAdminListener ? ["portal"] : ["dashboard", "portal"],
  });
  const adminApp = hasAdminListener
    ? createApp({ ...p, pages, withMetrics: true, faces: ["dashboard"] })
    : null;
  return {
    async listen() {
      const url = await publicApp.listen({ host: settings.host, port: settings.port });
      if (adminApp === null || settings.admin === null) return { url, adminUrl: null };
      return { url, adminUrl: await adminApp.listen({ ...settings.admin }) };
    },
    async close({ graceMs }) {
      const apps = [publicApp, ...(adminApp === null ? [] : [adminApp])];
      await Promise.all(apps.map((app) => closeApp(app, graceMs)));
    },
  };
}

function createApp(p: {
  readonly dialects: readonly Dialect[];
  readonly context: OperationContext;
  readonly settings: HttpSettings;
  readonly version: string;
  readonly withMetrics: boolean;
  readonly pages: BuiltPages;
  readonly faces: readonly Face[];
}): FastifyInstance {
  const { dialects, context } = p;
  const clientSource = createClientSource(p.settings.trustProxy, () => {
    if (context.telemetry !== null) proxyNotTrusted(context.telemetry);
  });
  const answer = createAnswerRefusal(dialects, context);
  const app = Fastify({
    logger: false,
    bodyLimit: SMALL_BODY_BYTES,
    requestTimeout: RECEIVE_TIMEOUT_MS,
    http: { headersTimeout: RECEIVE_TIMEOUT_MS, connectionsCheckingInterval: RECEIVE_CHECK_MS },
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    forceCloseConnections: "idle",
    exposeHeadRoutes: true,
    trustProxy: clientSource.isTrusted,
    genReqId: () => context.ids.next(ID_PREFIXES.request),
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: PARAM_LIMIT },
    rewriteUrl: (request) => rewriteUrl(dialects, request.url ?? "/"),
    frameworkErrors(error, request, reply) {
      // The request skips the turns, so its connection must not carry another.
      reply.header("connection", "close");
      answer(request, reply, error);
    },
  });

  app.server.maxConnections = LIMITS.connections.value;
  app.decorateRequest("source", {
    getter() {
      return clientSource.findSource(this);
    },
  });

  const refuseUnknownCall = createRefuseUnknownCall(app, answer);

  // The body stays bytes: dialects decide its form, and payloads are kept unchanged.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  app.addHook("onRequest", (request, reply, done) => {
    reply.header("x-request-id", request.id);
    if (findDialect(dialects, request.url)?.openToPages === true) {
      allowOrigin(request, reply, p.settings.corsOrigins);
    }
    const problem = pathProblem(request) ?? parameterProblem(request);
    // The body of a request without a matching call is not read.
    if (problem === undefined && request.is404) refuseUnknownCall(request, reply);
    else done(problem);
  });
  limitAnswers(app);
  paceRefusals(app);
  const { batchBytes, eventBytes } = context.settings.limits;
  limitBodies(app, Math.max(batchBytes, eventBytes));
  scanLargeBodies(app);
  // A stop waits for no stream.
  app.addHook("preClose", (done) => {
    context.live.stop();
    done();
  });
  app.setErrorHandler((error, request, reply) => answer(request, reply, error));
  app.setNotFoundHandler((request, reply) => refuseUnknownCall(request, reply));
  mountStatus(app, context, { withMetrics: p.withMetrics });
  const { faces, version, withMetrics, pages, settings } = p;
  mountStartPage(app, { dialects, version, withMetrics, faces });
  mountPages(app, { pages, faces, ...toPortal(settings) });
  if (context.adminTokenHash !== null) mountDashboardSession(app, context);
  mountDocuments(app, { dialects, version: p.version });
  for (const dialect of dialects) {
    app.register((scope, _options, done) => {
      dialect.mount(scope, context);
      done();
    });
  }
  return app;
}

function toPortal(settings: HttpSettings): Pick<ServedFaces, "frameAncestors" | "branding"> {
  return {
    frameAncestors: settings.portalFrameAncestors,
    branding: {
      name: settings.portalName,
      logo: settings.portalLogo,
      accent: settings.portalAccent,
      returnUrl: settings.portalReturnUrl,
    },
  };
}

/** Refuses NUL in a path parameter, which not every store can keep. */
function parameterProblem(request: FastifyRequest): AppError | undefined {
  const params = request.params as Readonly<Record<string, string>>;
  const name = Object.keys(params).find((one) => params[one]?.includes("\0"));
  if (name === undefined) return undefined;
  return refuseField("invalid_field", ["path", name], "must not contain the character U+0000");
}

function pathProblem(request: FastifyRequest): AppError | undefined {
  const { url, config } = request.routeOptions;
  const isTaken = isTakenPath({
    method: request.method,
    pattern: url,
    path: toPath(request.url),
    creates: config.creates === true,
    userAgent: request.headers["user-agent"],
  });
  return isTaken ? undefined : new AppError("route_not_found", REFUSED_PATH);
}
