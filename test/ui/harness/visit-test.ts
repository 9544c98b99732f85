/**
 * Tests of a first visit: each has an empty server for development, and a receiver on this machine that answers
 * 200. Clicks are counted.
 */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { Browser, Locator, Page } from "playwright-core";
import { startReceiver, type Receiver } from "../../harness/receiver.ts";
import { startServer, temporaryFolder, type ServerProcess } from "../../harness/server.ts";
import { chromiumSkip, launchChromium } from "./chromium.ts";
import { watchPage, type WatchedPage } from "./watched-page.ts";

export type VisitTest = WatchedPage & {
  readonly page: Page;
  readonly server: ServerProcess;
  readonly receiver: Receiver;
  /** Clicks and counts. */
  readonly click: (target: Locator) => Promise<void>;
  readonly clicks: () => number;
};
type VisitOptions = {
  readonly width?: number;
  readonly theme?: "light" | "dark";
  /** `serve` permits no receiver on this machine. */
  readonly command?: "serve" | "dev";
};

const WAIT_MS = 10_000;
let browser: Promise<Browser> | null = null;

after(async () => {
  await (await browser?.catch(() => null))?.close();
});

export function visitTest(
  name: string,
  run: (opened: VisitTest) => Promise<void>,
  { width = 1440, theme = "light", command = "dev" }: VisitOptions = {},
): void {
  test(name, { skip: chromiumSkip }, async () => {
    browser ??= launchChromium();
    using folder = temporaryFolder();
    await using receiver = await startReceiver();
    await using server = await startServer({
      command,
      settings: { HOOKLINE_STORE: `sqlite:${folder.path}/hookline.db` },
    });
    const context = await (
      await browser
    ).newContext({
      viewport: { width, height: 900 },
      colorScheme: theme,
      locale: "en-GB",
      permissions: ["clipboard-read", "clipboard-write"],
    });
    try {
      const page = await context.newPage();
      page.setDefaultTimeout(WAIT_MS);
      const watched = watchPage(page, [server.url]);
      let count = 0;
      const click = async (target: Locator): Promise<void> => {
        count += 1;
        await target.click();
      };
      await run({ ...watched, page, server, receiver, click, clicks: () => count });
      assert.deepEqual(watched.problems, []);
    } finally {
      await context.close();
    }
  });
}
