/** The pages are built, packed and served with headers that let them load from this server only. */
import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { execFile } from "node:child_process";
import { get, type IncomingMessage } from "node:http";
import { once } from "node:events";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { startNativeApi } from "../harness/native-api.ts";
import { startServer, temporaryFolder } from "../harness/server.ts";

const ROOT = join(import.meta.dirname, "../..");
const MANIFEST = join(ROOT, "ui/dist/manifest.json");
const isBuilt = existsSync(MANIFEST);
const built = { skip: isBuilt ? false : "the pages are not built: npm run prepare" };

test(
  "every path of the dashboard is its page, which may load from this server only",
  built,
  async () => {
    await using api = await startNativeApi();
    for (const path of ["/dashboard", "/dashboard/", "/dashboard/app/a%2Fb/texts/m-1?since=x"]) {
      const response = await fetch(api.url + path);
      const html = await response.text();
      assert.equal(response.status, 200, path);
      const { headers } = response;
      assert.equal(headers.get("content-type"), "text/html; charset=utf-8");
      assert.equal(headers.get("cache-control"), "no-store");
      assert.equal(headers.get("x-content-type-options"), "nosniff");
      assert.equal(headers.get("referrer-policy"), "no-referrer");
      assert.equal(headers.get("cross-origin-opener-policy"), "same-origin");
      const nonce = /<meta name="style-nonce" content="([^"]{22,})">/.exec(html)?.[1] ?? "";
      assert.equal(
        headers.get("content-security-policy"),
        `default-src 'none'; script-src 'self'; style-src 'self' 'nonce-${nonce}'; img-src 'self' data:; ` +
          "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
      );
      assert.doesNotMatch(html, /https?:\/\/(?!www\.w3\.org)/, "no other origin");
    }
    const [one, two] = await Promise.all([0, 1].map(() => fetch(`${api.url}/dashboard`)));
    const policy = (response: Response | undefined) =>
      response?.headers.get("content-security-policy");
    assert.notEqual(policy(one), policy(two), "a nonce is used once");
  },
);

test("the portal may be framed by the origins of its setting", built, async () => {
  const ancestors = async (origins: string): Promise<string> => {
    await using api = await startNativeApi({ HOOKLINE_PORTAL_FRAME_ANCESTORS: origins });
    const { headers } = await fetch(`${api.url}/portal/login`);
    assert.equal(headers.get("cross-origin-opener-policy"), null);
    const policy = headers.get("content-security-policy") ?? "";
    assert.match(policy, /img-src 'self' data: https:;/);
    return /frame-ancestors (.*)$/.exec(policy)?.[1] ?? "";
  };
  assert.equal(await ancestors("*"), "*");
  assert.equal(await ancestors("off"), "'none'");
  assert.equal(
    await ancestors("https://a.example,https://b.example"),
    "https://a.example https://b.example",
  );
});

test(
  "scripts and styles never change under their names, and are compressed at the build",
  built,
  async () => {
    await using api = await startNativeApi();
    const { files } = JSON.parse(readFileSync(MANIFEST, "utf8")) as { readonly files: string[] };
    assert.ok(files.length > 4);
    for (const name of files) {
      const plain = await open(`${api.url}/ui/${name}`, "identity");
      assert.equal(plain.headers["cache-control"], "public, max-age=31536000, immutable", name);
      assert.equal(plain.headers["vary"], "accept-encoding");
      for (const encoding of ["br", "gzip"] as const) {
        const packed = await open(`${api.url}/ui/${name}`, `${encoding}, deflate`);
        assert.equal(packed.headers["content-encoding"], encoding);
        assert.equal(packed.headers["content-type"], plain.headers["content-type"]);
      }
      const refused = await open(`${api.url}/ui/${name}`, "br;q=0, gzip");
      assert.equal(refused.headers["content-encoding"], "gzip");
    }
    for (const name of ["manifest.json", "..%2F..%2Fpackage.json", "none.js", `${files[0]}.br`]) {
      assert.equal((await fetch(`${api.url}/ui/${name}`)).status, 404, name);
    }
  },
);

test(
  "with a separate listener for operators, the dashboard is on that one only",
  built,
  async () => {
    await using api = await startNativeApi({ HOOKLINE_ADMIN_LISTEN: "127.0.0.1:0" });
    assert.equal((await fetch(`${api.url}/dashboard`)).status, 404);
    assert.equal((await fetch(`${api.url}/portal`)).status, 200);
    assert.equal((await fetch(`${api.adminUrl}/dashboard`)).status, 200);
    assert.equal((await fetch(`${api.adminUrl}/portal`)).status, 404);
    assert.match(await (await fetch(`${api.adminUrl}/`)).text(), /href="\/dashboard"/);
    assert.doesNotMatch(await (await fetch(`${api.url}/`)).text(), /href="\/dashboard"/);
  },
);

test("an installation without development packages or another Node builds nothing and goes on", async () => {
  using folder = temporaryFolder();
  mkdirSync(join(folder.path, "scripts"));
  cpSync(join(ROOT, "scripts/prepare.js"), join(folder.path, "scripts/prepare.js"));
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    readonly scripts: { readonly prepare: string };
  };
  const run = () => promisify(execFile)("sh", ["-c", scripts.prepare], { cwd: folder.path });
  assert.match((await run()).stdout, /development packages are missing/);
  // The first stage of an image may have package.json alone.
  rmSync(join(folder.path, "scripts"), { recursive: true });
  assert.equal((await run()).stdout, "");
});

test("where the pages are missing, they name the command that builds them, and the API works", async () => {
  using folder = temporaryFolder();
  for (const name of ["src", "demo", "bin", "package.json"]) {
    cpSync(join(ROOT, name), join(folder.path, name), { recursive: true });
  }
  symlinkSync(join(ROOT, "node_modules"), join(folder.path, "node_modules"));
  await using server = await startServer({
    program: join(folder.path, "src/main.ts"),
    settings: { HOOKLINE_STORE: "sqlite::memory:", HOOKLINE_SECRET_KEY: "5d".repeat(32) },
  });
  const response = await fetch(`${server.url}/dashboard`);
  assert.equal(response.status, 503);
  assert.match(await response.text(), /Run `npm run prepare`/);
  assert.equal((await fetch(`${server.url}/ui/dashboard.js`)).status, 404);
  assert.equal((await fetch(`${server.url}/health`)).status, 200);
});

async function open(url: string, encoding: string): Promise<IncomingMessage> {
  const request = get(url, { headers: { "accept-encoding": encoding } });
  const [response] = (await once(request, "response")) as [IncomingMessage];
  response.resume();
  await once(response, "end");
  assert.equal(response.statusCode, 200, url);
  return response;
}
