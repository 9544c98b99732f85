/**
 * Takes the pictures of docs/pictures: pages of the dashboard in both themes, on the seeded server of the tests. Look
 * at them before a release. Needs Debian's Chromium.
 *
 *   npm run screens
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { launchChromium } from "../test/ui/harness/chromium.ts";
import { startSeededServer } from "../test/ui/harness/seeded-server.ts";
import type { SeededServer } from "../test/ui/harness/seeded-server.ts";
import { TOKEN } from "../test/harness/server.ts";

const FOLDER = join(import.meta.dirname, "../docs/pictures");
const SIZE = { width: 1440, height: 720 } as const;
const THEMES = ["light", "dark"] as const;

/** A page, and a text that it shows once it is complete. */
const toPages = ({ app }: SeededServer) => [
  { name: "overview", path: "/?range=1h", shows: "Accepting", charts: 3 },
  { name: "endpoints", path: `/app/${app.id}/endpoints`, shows: "The CRM" },
  { name: "texts", path: `/app/${app.id}/texts`, shows: "Your check-up is tomorrow at 8:30." },
  { name: "text", path: `/app/${app.id}/texts/m-2`, shows: "message.sent" },
];

mkdirSync(FOLDER, { recursive: true });
const chromium = await launchChromium();
try {
  await using server = await startSeededServer();
  for (const theme of THEMES) await takePictures(chromium, server, theme);
} finally {
  await chromium.close();
}

async function takePictures(
  browser: Browser,
  server: SeededServer,
  theme: (typeof THEMES)[number],
): Promise<void> {
  const context = await browser.newContext({ viewport: SIZE, colorScheme: theme });
  const page = await context.newPage();
  for (const { name, path, shows, charts = 0 } of toPages(server)) {
    await page.goto(`${server.url}/dashboard${path}`);
    const token = page.getByLabel("Token", { exact: true });
    const content = page.getByText(shows).first();
    await token.or(content).first().waitFor();
    if (await token.isVisible()) {
      await token.fill(TOKEN);
      await page.getByRole("button", { name: "Sign in" }).click();
    }
    await content.waitFor();
    await page.getByText(server.app.name).first().waitFor();
    // Charts are loaded after the page.
    if (charts > 0)
      await page
        .getByRole("figure")
        .nth(charts - 1)
        .waitFor();
    await page.screenshot({ path: join(FOLDER, `${name}-${theme}.png`), animations: "disabled" });
  }
  await context.close();
}
