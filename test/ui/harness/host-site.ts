/**
 * The site of a platform, whose pages are bundled with the real `svix-react`. Its name is `localhost`, which is
 * another site than `127.0.0.1` to browsers. Its own policy allows this site and the server, and nothing else.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { build } from "esbuild";
import type { PageTest } from "./page-test.ts";

export type HostSite = AsyncDisposable & {
  readonly url: string;
  /** The values are JSON in the fragment, which reaches no server. */
  readonly open: (opened: PageTest, name: HostPage, given: object) => Promise<void>;
};

/** `hooks-1` has the releases of `svix` that the hooks were written for; the others have the newest. */
export type HostPage = "portal" | "hooks" | "hooks-1";

const FOLDER = join(import.meta.dirname, "..", "host");
const TYPES = new Map([
  ["js", "text/javascript"],
  ["css", "text/css"],
]);

export async function startHostSite(): Promise<HostSite> {
  const files = await bundlePages();
  let server = "";
  const site = createServer(({ url = "/" }, response) => {
    const name = url.slice(1);
    const file = files.get(name);
    if (file !== undefined) {
      const type = TYPES.get(name.split(".").at(-1) ?? "") ?? "";
      response.writeHead(200, { "content-type": type }).end(file);
    } else if (files.has(`${name}.js`)) {
      const policy = `default-src 'self'; connect-src ${server}; frame-src ${server}`;
      response
        .writeHead(200, { "content-type": "text/html", "content-security-policy": policy })
        .end(renderPage(name, files.has(`${name}.css`)));
    } else response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => site.listen(0, "localhost", resolve));
  const url = `http://localhost:${(site.address() as AddressInfo).port}`;
  return {
    url,
    async open(opened, name, given) {
      server = opened.server.url;
      await opened.page.goto(`${url}/${name}#${encodeURIComponent(JSON.stringify(given))}`);
    },
    async [Symbol.asyncDispose]() {
      site.closeAllConnections();
      await new Promise<void>((resolve) => site.close(() => resolve()));
    },
  };
}

function renderPage(name: string, hasStyle: boolean): string {
  const style = hasStyle ? `<link rel="stylesheet" href="/${name}.css">` : "";
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Host</title>${style}
<body><script type="module" src="/${name}.js"></script>`;
}

async function bundlePages(): Promise<ReadonlyMap<string, Uint8Array>> {
  const shared = {
    bundle: true,
    write: false,
    outdir: "/",
    format: "esm",
    jsx: "automatic",
  } as const;
  const define = { "process.env.NODE_ENV": '"production"' };
  const at = (name: string): string => join(FOLDER, `${name}.tsx`);
  const bundles = await Promise.all([
    build({ ...shared, define, entryPoints: [at("portal"), at("hooks")] }),
    build({
      ...shared,
      // The last releases 1.x ask for `process` without looking whether it exists.
      define: { ...define, process: "undefined" },
      entryPoints: { "hooks-1": at("hooks") },
      alias: { svix: "svix-1" },
    }),
  ]);
  const files = bundles.flatMap(({ outputFiles }) => outputFiles);
  return new Map(files.map(({ path, contents }) => [path.slice(1), contents]));
}
