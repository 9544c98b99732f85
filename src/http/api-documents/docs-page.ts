/**
 * The page that shows the API documents, by the Scalar API Reference. Its bundle is one module of
 * 5 MB that takes 25 MB and a sixth of a second to load (2026-11, Node 24.21), so a thread loads it
 * when the page is first asked for, hands over the page and the packed script, and ends.
 *
 * Nothing may come from or go to anywhere else: all that the library can turn off is off, and the
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

/** What the thread answers. */
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
    // Whatever might still be asked for is asked for here, where it is not.
    externalUrls: { dashboardUrl: "/", registryUrl: "/", proxyUrl: "/", apiBaseUrl: "/" },
  };
}

/** The page's own script is allowed by its hash; styles are written into elements by the library. */
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
