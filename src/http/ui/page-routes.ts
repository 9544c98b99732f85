/**
 * Serves the pages of /dashboard and /portal. Every path below a face is the same page, whose script reads the
 * path. Scripts and styles have a hash in their names and never change.
 */
import { randomBytes } from "node:crypto";
import type { FastifyInstance, FastifyReply } from "fastify";
import { AppError } from "../../core/error.ts";
import type { AllowedOrigins } from "../cross-origin.ts";
import type { BuiltPages, Encoding, Face, FaceFiles } from "./built-pages.ts";
import { toPageHeaders } from "./page-headers.ts";

const NONCE_BYTES = 16;
const YEAR_SECONDS = 31_536_000;
const NOT_BUILT =
  "The pages are not built. Run `npm run prepare` in the folder of Hookline, then load this page again.\n";
const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 20 20' fill='none' stroke='%233546c4' stroke-width='2.4' stroke-linecap='round'%3E%3Cpath d='M13 2v10.2a4.2 4.2 0 1 1-8.4 0V11'/%3E%3Cpath d='M2.2 12.6 4.6 9.8l2.6 2.6'/%3E%3C/svg%3E";
const HEAD: readonly string[] = [
  '<meta name="viewport" content="width=device-width, initial-scale=1">',
  '<meta name="color-scheme" content="light dark">',
  "<title>Hookline</title>",
  `<link rel="icon" href="${ICON}">`,
];

/** The look of the portal by the operator's settings; each is empty when it is not set. */
type PortalBranding = {
  readonly name: string;
  readonly logo: string;
  readonly accent: string;
  readonly returnUrl: string;
};

export type ServedFaces = {
  readonly pages: BuiltPages;
  /** With a separate listener for operators, the dashboard is on that one only. */
  readonly faces: readonly Face[];
  readonly frameAncestors: AllowedOrigins;
  readonly branding: PortalBranding;
};

export function mountPages(app: FastifyInstance, served: ServedFaces): void {
  const { pages, faces, frameAncestors } = served;
  const branding = `<meta name="portal-branding" content="${escapeText(JSON.stringify(served.branding))}">`;
  for (const face of faces) {
    const extra = face === "portal" ? [branding] : [];
    const send = (reply: FastifyReply): FastifyReply => {
      const files = pages.findFace(face);
      if (files === null) return reply.code(503).type("text/plain; charset=utf-8").send(NOT_BUILT);
      const nonce = randomBytes(NONCE_BYTES).toString("base64");
      return reply
        .headers(toPageHeaders({ face, nonce, frameAncestors }))
        .type("text/html; charset=utf-8")
        .send(renderPage(files, nonce, extra));
    };
    app.get(`/${face}`, (_request, reply) => send(reply));
    app.get(`/${face}/*`, (_request, reply) => send(reply));
  }
  app.get<{ Params: { name: string } }>("/ui/:name", async (request, reply) => {
    const accepted = toEncodings(request.headers["accept-encoding"]);
    const asset = await pages.loadAsset(request.params.name, accepted);
    if (asset === null) throw new AppError("route_not_found", "There is no such file.");
    if (asset.encoding !== null) reply.header("content-encoding", asset.encoding);
    return reply
      .header("cache-control", `public, max-age=${YEAR_SECONDS}, immutable`)
      .header("vary", "accept-encoding")
      .header("x-content-type-options", "nosniff")
      .type(asset.contentType)
      .send(asset.bytes);
  });
}

/** Names of files are of the build, so none of them needs escaping. */
function renderPage(
  { script, style, preload }: FaceFiles,
  nonce: string,
  extra: readonly string[],
): string {
  const links = [
    ...extra,
    ...(style === null ? [] : [`<link rel="stylesheet" href="/ui/${style}">`]),
    ...preload.map((name) => `<link rel="modulepreload" href="/ui/${name}">`),
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8">${[...HEAD, `<meta name="style-nonce" content="${nonce}">`, ...links].join("\n")}
<script type="module" src="/ui/${script}"></script></head>
<body><div id="root"></div><noscript>This page needs JavaScript.</noscript></body></html>
`;
}

function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
}

/** The encodings that the build has and the client accepts, the smallest first. */
function toEncodings(header: string | undefined): readonly Encoding[] {
  const accepted = (header ?? "")
    .split(",")
    .map((part) => part.trim().toLowerCase())
    .filter((part) => !/;\s*q=0(?:\.0*)?$/.test(part))
    .map((part) => part.split(";")[0]);
  return (["br", "gzip"] as const).filter((one) => accepted.includes(one));
}
