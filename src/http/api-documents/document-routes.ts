/**
 * `/openapi/<dialect>.json` and `/postman/<dialect>.json` of the dialects that are on, and `/docs`,
 * a page that shows them. Everything is made when it is first asked for and kept: a server that
 * nobody reads about pays nothing for it.
 */
import { createGunzip } from "node:zlib";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { stringifyJson } from "../../core/json.ts";
import { SCRIPT_PATH, openDocsPage } from "./docs-page.ts";
import type { DocsPage } from "./docs-page.ts";
import { openApiOf } from "./openapi.ts";
import type { Documented } from "./openapi.ts";
import { postmanOf } from "./postman.ts";

const DOCS_PATH = "/docs";
/** A new version of the program brings a new one under the same path. */
const SCRIPT_CACHE = "public, max-age=3600";

export function mountDocuments(
  app: FastifyInstance,
  { dialects, version }: { readonly dialects: readonly Documented[]; readonly version: string },
): void {
  for (const dialect of dialects) {
    const openApi = kept(() => stringifyJson(openApiOf(dialect, version)));
    const postman = kept(() => stringifyJson(postmanOf(dialect, version)));
    app.get(openApiPath(dialect), (_request, reply) => sendJson(reply, openApi()));
    app.get(postmanPath(dialect), (_request, reply) => sendJson(reply, postman()));
  }
  if (dialects.length === 0) return;

  const sources = dialects.map((dialect) => ({
    title: dialect.document.title,
    slug: dialect.name,
    url: openApiPath(dialect),
  }));
  let opened: Promise<DocsPage> | undefined;
  async function page(): Promise<DocsPage> {
    try {
      return await (opened ??= openDocsPage(sources));
    } catch (error) {
      // The next one who asks tries again.
      opened = undefined;
      throw error;
    }
  }
  app.get(DOCS_PATH, async (_request, reply) => {
    const { html, contentSecurityPolicy } = await page();
    return reply
      .header("content-security-policy", contentSecurityPolicy)
      .header("referrer-policy", "no-referrer")
      .header("x-content-type-options", "nosniff")
      .type("text/html; charset=utf-8")
      .send(html);
  });
  app.get(SCRIPT_PATH, async (request, reply) => sendScript(request, reply, await page()));
}

function openApiPath({ name }: Documented): string {
  return `/openapi/${name}.json`;
}

function postmanPath({ name }: Documented): string {
  return `/postman/${name}.json`;
}

function sendJson(reply: FastifyReply, text: string): FastifyReply {
  return reply.type("application/json; charset=utf-8").send(text);
}

function sendScript(request: FastifyRequest, reply: FastifyReply, page: DocsPage): FastifyReply {
  reply
    .type("text/javascript; charset=utf-8")
    .header("cache-control", SCRIPT_CACHE)
    .header("vary", "accept-encoding")
    .header("x-content-type-options", "nosniff");
  if (/\bgzip\b/.test(request.headers["accept-encoding"] ?? "")) {
    return reply.header("content-encoding", "gzip").send(page.scriptGzip);
  }
  const gunzip = createGunzip();
  gunzip.end(page.scriptGzip);
  return reply.send(gunzip);
}

function kept(make: () => string): () => string {
  let text: string | undefined;
  return () => (text ??= make());
}
