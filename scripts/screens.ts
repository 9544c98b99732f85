/**
 * Takes pictures of pages on the seeded server of the tests, in both themes. Those of the documents are in
 * docs/pictures. Every page of both faces at every width is in .screens, which is not committed. Look at them before
 * a release. Needs Debian's Chromium.
 *
 *   npm run screens
 */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Browser, Page } from "playwright-core";
import { launchChromium } from "../test/ui/harness/chromium.ts";
import {
  enter,
  findParams,
  listPages,
  visit,
  type Face,
  type PageParams,
} from "../test/ui/harness/listed-pages.ts";
import { EVERY_LOOK, showLook, THEMES } from "../test/ui/harness/looks.ts";
import { startSeededServer, type SeededServer } from "../test/ui/harness/seeded-server.ts";
import { startServer, temporaryFolder } from "../test/harness/server.ts";

const DOCUMENTS = join(import.meta.dirname, "../docs/pictures");
const ALL = join(import.meta.dirname, "../.screens");
/** The pictures of the documents are not as tall. */
const DOCUMENT_SIZE = { width: 1440, height: 720 } as const;

const LAZY_MS = 500;

type Theme = (typeof THEMES)[number];

/** A page of the documents, and a text that it shows once it is complete. */
const toDocumentPages = ({ app }: SeededServer) => [
  { name: "overview", path: "/?range=1h", shows: "Accepting", charts: 3 },
  { name: "endpoints", path: `/app/${app.id}/endpoints`, shows: "The CRM" },
  { name: "texts", path: `/app/${app.id}/texts`, shows: "Your check-up is tomorrow at 8:30." },
  { name: "text", path: `/app/${app.id}/texts/m-2`, shows: "message.sent" },
];

mkdirSync(DOCUMENTS, { recursive: true });
rmSync(ALL, { recursive: true, force: true });
mkdirSync(ALL, { recursive: true });
const chromium = await launchChromium();
try {
  await using server = await startSeededServer();
  const params = await findParams({ server });
  for (const theme of THEMES) {
    await takeFirstVisit(chromium, theme);
    await takeDocumentPictures(chromium, server, theme);
  }
  for (const face of ["dashboard", "portal"] as const) {
    await takeAll(chromium, server, { face, params });
  }
  console.log(`every page of both faces is in ${ALL}`);
} finally {
  await chromium.close();
}

/** The steps on an empty server, once it has an app. */
async function takeFirstVisit(browser: Browser, theme: Theme): Promise<void> {
  using folder = temporaryFolder();
  await using server = await startServer({
    command: "dev",
    settings: { HOOKLINE_STORE: `sqlite:${folder.path}/hookline.db` },
  });
  const context = await browser.newContext({ viewport: DOCUMENT_SIZE, colorScheme: theme });
  const page = await context.newPage();
  await page.goto(String(server.dashboardLink));
  await page.getByRole("button", { name: "Make an app" }).click();
  await page.getByRole("button", { name: "Add http://localhost:9000/" }).waitFor();
  await takePicture(page, join(DOCUMENTS, `first-visit-${theme}.png`));
  await context.close();
}

async function takeDocumentPictures(
  browser: Browser,
  server: SeededServer,
  theme: Theme,
): Promise<void> {
  const context = await browser.newContext({ viewport: DOCUMENT_SIZE, colorScheme: theme });
  const page = await context.newPage();
  await enter({ page, server }, "dashboard");
  for (const { name, path, shows, charts = 0 } of toDocumentPages(server)) {
    await visit({ page, server }, "dashboard", path);
    await page.getByText(shows).first().waitFor();
    // Charts are loaded after the page.
    if (charts > 0) {
      const last = page.getByRole("figure").nth(charts - 1);
      await last.waitFor();
    }
    await takePicture(page, join(DOCUMENTS, `${name}-${theme}.png`));
  }
  await context.close();
}

/** Each page is loaded once, and then shown in every look. */
async function takeAll(
  browser: Browser,
  server: SeededServer,
  p: { readonly face: Face; readonly params: PageParams },
): Promise<void> {
  const { face, params } = p;
  const context = await browser.newContext();
  const page = await context.newPage();
  await enter({ page, server }, face);
  for (const path of await listPages(face, params)) {
    await visit({ page, server }, face, path);
    // Charts are loaded after the page, and show themselves.
    await sleep(LAZY_MS);
    for (const look of EVERY_LOOK) {
      await showLook(page, look);
      const name = `${face}-${toName(path, params)}-${look.theme}-${look.width}.png`;
      await takePicture(page, join(ALL, name));
    }
  }
  await context.close();
}

/** The name of an address without the ids in it, such as `app-app-texts-text`. */
function toName(path: string, params: PageParams): string {
  const named = Object.entries(params).reduce(
    (text, [name, value]) => text.replace(`/${encodeURIComponent(value)}`, `/${name}`),
    path,
  );
  return named.replaceAll(/\W+/g, "-").replaceAll(/^-|-$/g, "") || "start";
}

async function takePicture(page: Page, path: string): Promise<void> {
  await page.screenshot({ path, animations: "disabled" });
}
