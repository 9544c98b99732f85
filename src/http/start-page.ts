/** `GET /`: a small page with links to everything that this listener serves. It loads and runs nothing. */
import { createHash } from "node:crypto";
import type { FastifyInstance } from "fastify";
import type { Documented } from "./api-documents/openapi.ts";
import type { Face } from "./ui/built-pages.ts";

type Shown = {
  readonly dialects: readonly Documented[];
  readonly version: string;
  readonly withMetrics: boolean;
  readonly faces: readonly Face[];
};

const STYLE =
  "body{font:16px/1.6 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem;color-scheme:light dark}li{margin:.2rem 0}";
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

export function mountStartPage(app: FastifyInstance, shown: Shown): void {
  const html = renderStartPage(shown);
  app.get("/", (_request, reply) =>
    reply
      .header("content-security-policy", POLICY)
      .header("referrer-policy", "no-referrer")
      .header("x-content-type-options", "nosniff")
      .type("text/html; charset=utf-8")
      .send(html),
  );
}

/** Names and titles are constants of the program, so none of them needs escaping. */
function renderStartPage({ dialects, version, withMetrics, faces }: Shown): string {
  const documents = dialects.map(
    ({ name, document }) =>
      `<li>${document.title}: <a href="/openapi/${name}.json">OpenAPI</a>, <a href="/postman/${name}.json">Postman</a></li>`,
  );
  const links = [
    ...(faces.includes("dashboard")
      ? ['<li><a href="/dashboard">Dashboard</a>, for operators</li>']
      : []),
    ...(dialects.length === 0 ? [] : ['<li><a href="/docs">API documents</a> as a page</li>']),
    ...documents,
    '<li><a href="/health">Health</a>: whether the server can accept events</li>',
    '<li><a href="/egress.json">Addresses</a> that deliveries come from</li>',
    ...(withMetrics ? ['<li><a href="/metrics">Metrics</a>, for Prometheus</li>'] : []),
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Hookline</title><style>${STYLE}</style></head>
<body><h1>Hookline ${version}</h1><p>The webhook server for text messaging.</p>
<ul>
${links.join("\n")}
</ul></body></html>
`;
}
