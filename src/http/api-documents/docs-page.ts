/**
 * The page that shows the API documents, built with the Scalar API Reference. Its bundle is one module of 5
 * MB that takes 25 MB and a sixth of a second to load (2026-11, Node 24.21). So a thread loads it for the
 * first request, returns the page and the compressed script, and ends.
 *
 * The page may neither load nor send anything elsewhere: every such option of the library is off, and the
 * Content-Security-Policy forbids the rest.
 */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { Worker } from "node:worker_threads";

export type DocsSource = { readonly title: string; readonly slug: string; readonly url: string };

export type DocsPage = {
  readonly html: string;
  readonly scriptGzip: Buffer;
  readonly contentSecurityPolicy: string;
};

/** The result of the thread. */
export type ReadBundle = { readonly html: string; readonly scriptGzip: Uint8Array };

export const SCRIPT_PATH = "/docs/scalar.js";
const INLINE_SCRIPT = /<script type="text\/javascript">([^]*?)<\/script>/g;

export async function openDocsPage(sources: readonly DocsSource[]): Promise<DocsPage> {
  const worker = new Worker(new URL("./read-docs-bundle.ts", import.meta.url), {
    workerData: toConfiguration(sources),
  });
  const [read] = (await once(worker, "message")) as [ReadBundle];
  const scriptGzip = Buffer.from(read.scriptGzip);
  return { html: read.html, scriptGzip, contentSecurityPolicy: policyFor(read.html) };
}

function toConfiguration(sources: readonly DocsSource[]): object {
  return {
    pageTitle: "Hookline API",
    cdn: SCRIPT_PATH,
    sources,
    withDefaultFonts: false,
    telemetry: false,
    agent: { disabled: true },
    mcp: { disabled: true },
    showDeveloperTools: "never",
    hideClientButton: true,
    persistAuth: false,
    documentDownloadType: "json",
    // Any remaining external request goes to this server, which does not have the resource.
    externalUrls: { dashboardUrl: "/", registryUrl: "/", proxyUrl: "/", apiBaseUrl: "/" },
  };
}

/** The page's script is allowed by its hash; the library writes styles into elements. */
function policyFor(html: string): string {
  const hashes = [...html.matchAll(INLINE_SCRIPT)].map(
    ([, script = ""]) => `'sha256-${createHash("sha256").update(script).digest("base64")}'`,
  );
  return [
    "default-src 'self'",
    `script-src 'self' ${hashes.join(" ")}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "worker-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
}
