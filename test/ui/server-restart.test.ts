/**
 * A server that restarts under an open page: the last good data stays, a bar says that the server does not answer,
 * and the page goes on by itself without being loaded again.
 */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { call, startServer, temporaryFolder, type ServerProcess } from "../harness/server.ts";
import { passTime } from "./harness/broken-reads.ts";
import { chromiumSkip, launchChromium } from "./harness/chromium.ts";
import { openDashboard } from "./harness/open-dashboard.ts";
import { watchPage } from "./harness/watched-page.ts";

const UNAVAILABLE =
  /ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE/;
const WAIT_MS = 10_000;

let browser: Browser | null = null;
after(async () => {
  await browser?.close();
});

type Restarted = {
  readonly page: Page;
  readonly url: string;
  readonly stop: () => Promise<void>;
  readonly start: () => Promise<void>;
};

/** Starts and stops a server at one address, with one store. */
function restartTest(name: string, run: (opened: Restarted) => Promise<void>): void {
  test(name, { skip: chromiumSkip }, async () => {
    browser ??= await launchChromium();
    using folder = temporaryFolder();
    const settings = {
      HOOKLINE_STORE: `sqlite:${folder.path}/hookline.db`,
      HOOKLINE_HOST: "127.0.0.1",
    };
    await using servers = new AsyncDisposableStack();
    const begin = async (port: string): Promise<ServerProcess> =>
      servers.use(await startServer({ settings: { ...settings, HOOKLINE_PORT: port } }));
    let server = await begin("0");
    const { url } = server;
    const context = await browser.newContext({ locale: "en-GB" });
    try {
      const page = await context.newPage();
      page.setDefaultTimeout(WAIT_MS);
      const watched = watchPage(page, [url]);
      watched.expectProblems(UNAVAILABLE);
      await page.clock.install();
      await run({
        page,
        url,
        stop: async () => void (await server.stop()),
        start: async () => {
          server = await begin(new URL(url).port);
        },
      });
      assert.deepEqual(watched.problems, []);
    } finally {
      await context.close();
    }
  });
}

async function makeApp(url: string, uid: string): Promise<void> {
  const { status } = await call(url, "POST", "/app", { name: uid, uid });
  assert.equal(status, 201);
}

/** The bar, the age of the view, and the rows that were read before. */
async function assertOffline(page: Page, row: string): Promise<void> {
  const bar = page.getByRole("alert").getByText("The server does not answer.");
  await passTime(page, "the bar is shown", async () => (await bar.count()) === 1);
  await page
    .getByRole("alert")
    .getByText(/^This is from /)
    .waitFor();
  await passTime(page, "the sign of live updates has an age", async () =>
    page.getByRole("button", { name: /^Live until .* ago$/ }).isVisible(),
  );
  await page.getByRole("row").filter({ hasText: row }).waitFor();
}

/** A document that was loaded again has no mark. */
async function mark(page: Page): Promise<void> {
  await page.evaluate("window.isSameDocument = true");
}

async function assertBack(page: Page, row: string): Promise<void> {
  const arrived = page.getByRole("row").filter({ hasText: row });
  await passTime(page, "the page is live again", async () => arrived.isVisible());
  const alerts = page.getByRole("main").getByRole("alert");
  await passTime(page, "the bar is gone", async () => (await alerts.count()) === 0);
  await passTime(page, "the updates are live", async () =>
    page.getByRole("button", { name: "Live", exact: true }).isVisible(),
  );
  assert.equal(await page.evaluate("window.isSameDocument"), true);
}

restartTest("a page of the dashboard outlives a restart of the server", async (opened) => {
  const { page, url, stop, start } = opened;
  await makeApp(url, "acme");
  await openDashboard(page, `${url}/dashboard/apps`);
  await page.getByRole("row").filter({ hasText: "acme" }).waitFor();
  await mark(page);
  await stop();
  await assertOffline(page, "acme");
  await start();
  await makeApp(url, "nova");
  await assertBack(page, "nova");
});

restartTest("a page of the portal outlives a restart of the server", async (opened) => {
  const { page, url, stop, start } = opened;
  await makeApp(url, "acme");
  await call(url, "POST", "/app/acme/msg", { eventType: "visit.made", payload: {} });
  const { body } = await call(url, "POST", "/auth/app-portal-access/acme", {});
  await page.goto(String(body["url"]));
  await page.getByRole("link", { name: "Events" }).click();
  await page.getByRole("row").filter({ hasText: "visit.made" }).waitFor();
  await mark(page);
  await stop();
  // The list is read when the live stream says so, and that ended with the server.
  await assertOffline(page, "visit.made");
  await start();
  await call(url, "POST", "/app/acme/msg", { eventType: "visit.moved", payload: {} });
  await assertBack(page, "visit.moved");
});

restartTest("a page whose code is not loaded yet opens once the server is back", async (opened) => {
  const { page, url, stop, start } = opened;
  await openDashboard(page, `${url}/dashboard/apps`);
  await page.getByText("There are no apps yet.").waitFor();
  await mark(page);
  await stop();
  await page.getByRole("link", { name: "Audit" }).click();
  const notLoaded = page.getByRole("alert").filter({ hasText: "The page could not be loaded." });
  await notLoaded.getByRole("button", { name: "Retry" }).waitFor();
  await start();
  const title = page.getByRole("heading", { name: "Audit" });
  await passTime(page, "the page is opened", async () => title.isVisible());
  assert.equal(await page.evaluate("window.isSameDocument"), true);
});
