/**
 * Tests of pages in a real browser. The tests of a file share one browser and one seeded server; each has a new
 * context, so nothing of a session stays.
 */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { chromiumSkip, launchChromium } from "./chromium.ts";
import { openDashboard } from "./open-dashboard.ts";
import { startSeededServer } from "./seeded-server.ts";
import type { SeededServer } from "./seeded-server.ts";
import { watchPage } from "./watched-page.ts";
import type { WatchedPage } from "./watched-page.ts";

export type PageTest = WatchedPage & {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly server: SeededServer;
  /** Opens a page of the dashboard, such as `/apps`, and signs in where it asks for that; by default as an admin. */
  readonly openDashboard: (path?: string, token?: string) => Promise<void>;
};
export type PageOptions = {
  readonly width?: number;
  readonly height?: number;
  readonly theme?: "light" | "dark";
  /** A zone of time other than Berlin's. */
  readonly zone?: string;
  /** Settings of the server, for a test that needs others than the rest of its file. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Other origins that the test itself uses, such as a page that embeds the portal. */
  readonly origins?: readonly string[];
};

/** It is not UTC, so that a time in the wrong zone is seen. */
const ZONE = "Europe/Berlin";
const HEIGHT = 900;
const WAIT_MS = 10_000;

type World = { readonly browser: Browser; readonly server: SeededServer };
/** By the settings of the server. */
const worlds = new Map<string, Promise<World>>();

after(async () => {
  for (const world of worlds.values()) {
    const opened = await world.catch(() => null);
    await opened?.browser.close();
    await opened?.server[Symbol.asyncDispose]();
  }
});

export function pageTest(
  name: string,
  run: (opened: PageTest) => Promise<void>,
  options: PageOptions = {},
): void {
  test(name, { skip: chromiumSkip }, async () => {
    const { width = 1440, height = HEIGHT, theme = "light", origins = [], zone = ZONE } = options;
    const { browser, server } = await findWorld(options.settings ?? {});
    const context = await browser.newContext({
      viewport: { width, height },
      colorScheme: theme,
      timezoneId: zone,
      locale: "en-GB",
      permissions: ["clipboard-read", "clipboard-write"],
    });
    try {
      const page = await context.newPage();
      page.setDefaultTimeout(WAIT_MS);
      const watched = watchPage(page, [server.url, ...origins]);
      await run({
        ...watched,
        page,
        context,
        server,
        openDashboard: (path = "/", credential) =>
          openDashboard(page, `${server.url}/dashboard${path}`, credential),
      });
      assert.deepEqual(watched.problems, []);
    } finally {
      await context.close();
    }
  });
}

function findWorld(settings: Readonly<Record<string, string>>): Promise<World> {
  const key = JSON.stringify(settings);
  const world = worlds.get(key) ?? openWorld(settings);
  worlds.set(key, world);
  return world;
}

/** One after the other: a browser beside a server that does not start would stay open, and the file would never end. */
async function openWorld(settings: Readonly<Record<string, string>>): Promise<World> {
  await using opened = new AsyncDisposableStack();
  const server = opened.use(await startSeededServer(settings));
  const browser = await launchChromium();
  opened.move();
  return { browser, server };
}
