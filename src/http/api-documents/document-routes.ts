/**
 * `/openapi/<dialect>.json` and `/postman/<dialect>.json` of the enabled dialects, and `/docs`, a page that
 * shows them. Everything is made for the first request and kept, so an unread document costs nothing.
 */
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { FastifyInstance } from "fastify";
import { stringifyJson } from "../../core/json/json.ts";
import { prepareAnswer, sendPrepared } from "../prepared-answer.ts";
import type { PreparedAnswer } from "../prepared-answer.ts";
import { SCRIPT_PATH, openDocsPage } from "./docs-page.ts";
import type { DocsPage } from "./docs-page.ts";
import { toOpenApi } from "./openapi.ts";
import type { Documented } from "./openapi.ts";
import { toPostman } from "./postman.ts";

const DOCS_PATH = "/docs";
/** A new version of the program has a new script under the same path. */
const SCRIPT_CACHE = "public, max-age=3600";

export function mountDocuments(
  app: FastifyInstance,
  { dialects, version }: { readonly dialects: readonly Documented[]; readonly version: string },
): void {
  for (const dialect of dialects) {
    const openApi = kept(() => jsonAnswer(toOpenApi(dialect, version)));
    const postman = kept(() => jsonAnswer(toPostman(dialect, version)));
    for (const path of [openApiPath(dialect), ...(dialect.document.alsoAt ?? [])]) {
      app.get(path, (request, reply) => sendPrepared(request, reply, openApi()));
    }
    app.get(postmanPath(dialect), (request, reply) => sendPrepared(request, reply, postman()));
  }
  if (dialects.length === 0) return;

  const sources = dialects.map((dialect) => ({
    title: dialect.document.title,
    slug: dialect.name,
    url: openApiPath(dialect),
  }));
  let opened: Promise<PreparedPage> | undefined;
  async function page(): Promise<PreparedPage> {
    try {
      return await (opened ??= openDocsPage(sources).then(preparePage));
    } catch (error) {
      // The next request tries again.
      opened = undefined;
      throw error;
    }
  }
  app.get(DOCS_PATH, async (request, reply) => sendPrepared(request, reply, (await page()).html));
  app.get(SCRIPT_PATH, async (request, reply) => {
    const { script, scriptGzip } = await page();
    const takesGzip = /\bgzip\b/.test(request.headers["accept-encoding"] ?? "");
    return sendPrepared(request, reply, takesGzip ? scriptGzip : await script());
  });
}

type PreparedPage = {
  readonly html: PreparedAnswer;
  readonly scriptGzip: PreparedAnswer;
  /** For clients without gzip; unpacked for the first of them. */
  script(): Promise<PreparedAnswer>;
};

function preparePage({ html, scriptGzip, contentSecurityPolicy }: DocsPage): PreparedPage {
  const scriptHeaders = {
    "content-type": "text/javascript; charset=utf-8",
    "cache-control": SCRIPT_CACHE,
    vary: "accept-encoding",
    "x-content-type-options": "nosniff",
  };
  const script = kept(async () =>
    prepareAnswer(await promisify(gunzip)(scriptGzip), scriptHeaders),
  );
  return {
    html: prepareAnswer(Buffer.from(html), {
      "content-security-policy": contentSecurityPolicy,
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
      "content-type": "text/html; charset=utf-8",
    }),
    scriptGzip: prepareAnswer(scriptGzip, { ...scriptHeaders, "content-encoding": "gzip" }),
    script,
  };
}

function openApiPath({ name }: Documented): string {
  return `/openapi/${name}.json`;
}

function postmanPath({ name }: Documented): string {
  return `/postman/${name}.json`;
}

function jsonAnswer(document: object): PreparedAnswer {
  const text = stringifyJson(document);
  return prepareAnswer(Buffer.from(text), { "content-type": "application/json; charset=utf-8" });
}

function kept<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
