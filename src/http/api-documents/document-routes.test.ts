import assert from "node:assert/strict";
import { test } from "node:test";
import { startNativeApi } from "../../../test/harness/native-api.ts";

test("the documents of the enabled APIs are served without a credential", async () => {
  await using api = await startNativeApi({ HOOKLINE_APIS: "svix,sendblue" });
  for (const name of ["svix", "sendblue"]) {
    const openApi = await fetch(`${api.url}/openapi/${name}.json`);
    assert.equal(openApi.status, 200);
    assert.match(openApi.headers.get("content-type") ?? "", /^application\/json/);
    assert.equal(((await openApi.json()) as { openapi: string }).openapi, "3.1.0");
    const postman = await fetch(`${api.url}/postman/${name}.json`);
    const { info } = (await postman.json()) as { info: { schema: string } };
    assert.match(info.schema, /v2\.1\.0/);
  }
  assert.equal((await fetch(`${api.url}/openapi/chirp.json`)).status, 404);
  assert.equal((await fetch(`${api.url}/postman/zipwhip.json`)).status, 404);
});

test("/docs shows them and loads nothing from elsewhere", async () => {
  await using api = await startNativeApi({ HOOKLINE_APIS: "svix,chirp" });
  const page = await fetch(`${api.url}/docs`);
  const html = await page.text();
  assert.equal(page.status, 200);
  assert.deepEqual(html.match(/\/openapi\/\w+\.json/g), [
    "/openapi/svix.json",
    "/openapi/chirp.json",
  ]);
  assert.deepEqual(html.match(/https?:/g), null);
  assert.deepEqual(
    [...html.matchAll(/src="([^"]*)"/g)].map(([, src]) => src),
    ["/docs/scalar.js"],
  );

  const policy = page.headers.get("content-security-policy") ?? "";
  const directives = new Map(
    policy.split("; ").map((directive) => {
      const [name = "", ...sources] = directive.split(" ");
      return [name, sources] as const;
    }),
  );
  assert.deepEqual(directives.get("default-src"), ["'self'"]);
  for (const [name, sources] of directives) {
    const outside = sources.filter((source) => !/^('.*'|data:|blob:)$/.test(source));
    assert.deepEqual(outside, [], name);
  }
  const [, inline = ""] = /<script type="text\/javascript">([^]*?)<\/script>/.exec(html) ?? [];
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(inline));
  const hash = `'sha256-${Buffer.from(digest).toString("base64")}'`;
  assert.deepEqual(directives.get("script-src"), ["'self'", hash]);

  const packed = await fetch(`${api.url}/docs/scalar.js`);
  const plain = await fetch(`${api.url}/docs/scalar.js`, {
    headers: { "accept-encoding": "identity" },
  });
  assert.equal(packed.headers.get("content-encoding"), "gzip");
  assert.equal(plain.headers.get("content-encoding"), null);
  const script = await packed.text();
  assert.ok(script.includes("createApiReference"));
  assert.ok(script === (await plain.text()));
});

test("with a separate address for operators, both listeners serve the documents", async () => {
  await using api = await startNativeApi({
    HOOKLINE_APIS: "svix",
    HOOKLINE_ADMIN_LISTEN: "127.0.0.1:0",
  });
  for (const url of [api.url, api.adminUrl]) {
    assert.equal((await fetch(`${url}/openapi/svix.json`)).status, 200);
    assert.equal((await fetch(`${url}/docs/`)).status, 200);
  }
});
