/** The portal is opened by a link, alone and in a frame of another site, and uses no cookie and no storage. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before } from "node:test";
import { pageTest, type PageTest } from "./harness/page-test.ts";
import { makePortalLink } from "./harness/portal-link.ts";
import { waitUntil } from "./harness/wait-until.ts";

/** Another site: to browsers, `localhost` and `127.0.0.1` differ. */
const host = createServer((_request, response) => {
  response
    .writeHead(200, { "content-type": "text/html" })
    .end("<!doctype html><title>Host</title>");
});
let hostUrl = "";
before(async () => {
  await new Promise<void>((resolve) => host.listen(0, "localhost", resolve));
  hostUrl = `http://localhost:${(host.address() as AddressInfo).port}`;
});
after(() => void host.close());

const NAVIGATION = ["navigation", { name: "Pages" }] as const;

/** Frames the page in another site, and collects its messages. */
async function frame({ page }: PageTest, url: string): Promise<void> {
  await page.goto(hostUrl);
  await page.evaluate(`
    window.messages = [];
    window.addEventListener("message", ({ data }) => window.messages.push(data));
    const frame = document.createElement("iframe");
    frame.src = ${JSON.stringify(url)};
    frame.style.width = "100%";
    document.body.append(frame);
  `);
}

pageTest("a link opens the portal, and its key leaves the address", async (opened) => {
  const { page, server, context } = opened;
  await page.goto(await makePortalLink(opened, { look: "?darkMode=true&primaryColor=%23ffff00" }));
  await page.getByRole(...NAVIGATION).waitFor();
  assert.ok(!page.url().includes("applink_"), page.url());
  assert.ok(page.url().startsWith(`${server.url}/portal/`));
  const html = page.locator("html");
  assert.equal(await html.getAttribute("data-theme"), "dark");
  assert.deepEqual(await context.cookies(), []);
  await page.reload();
  await page.getByRole(...NAVIGATION).waitFor();
});

pageTest("a link outlives a server that fails while it is exchanged", async (opened) => {
  const { page, expectProblems } = opened;
  expectProblems(/503/);
  await page.route("**/api/v1/auth/one-time", (route) =>
    route.fulfill({
      status: 503,
      headers: { "x-request-id": "req_exchange" },
      json: { code: "unavailable", detail: "The store is being opened." },
    }),
  );
  await page.goto(await makePortalLink(opened));
  const failure = page.getByRole("alert").filter({ hasText: "req_exchange" });
  await failure.getByText("The store is being opened.").waitFor();
  await page.unrouteAll();
  await failure.getByRole("button", { name: "Retry" }).click();
  await page.getByRole(...NAVIGATION).waitFor();
});

pageTest("a page without a session says so", async ({ page, server }) => {
  await page.goto(`${server.url}/portal/texts`);
  await page.getByText("This session has ended.").waitFor();
});

pageTest("a frame of another site opens the portal, and gets its height", async (opened) => {
  const { page } = opened;
  const url = await makePortalLink(opened);
  await page.route(`${hostUrl}/favicon.ico`, (route) => route.fulfill({ status: 204 }));
  await allowHost(opened);
  await frame(opened, url);
  await page
    .frameLocator("iframe")
    .getByRole(...NAVIGATION)
    .waitFor();
  await waitUntil(
    page,
    `window.messages.some(({ type, payload }) => type === "svix.iframe-resizer-height" && payload.height > 40)`,
  );
});

pageTest("a frame without a session notifies the page around it", async (opened) => {
  const { page, server } = opened;
  await allowHost(opened);
  await frame(opened, `${server.url}/portal/login#key=applink_unknown`);
  await waitUntil(page, `window.messages.some(({ type }) => type === "hookline.session-expired")`);
});

/** The host's own requests are no problem; neither is the refusal of an unknown key. */
async function allowHost({ expectProblems }: PageTest): Promise<void> {
  expectProblems(/a request to http:\/\/localhost/);
  expectProblems(/auth\/one-time/);
}
