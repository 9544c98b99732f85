/**
 * Every page of both faces while its reads fail. It shows the failure with the request id and Retry, and never claims
 * that there is nothing. It is itself again after Retry, or by itself once a server answers that did not.
 */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import {
  assertFailureShown,
  assertNothingClaimed,
  FAILURE,
  hasFailure,
  openBrokenReads,
  passTime,
} from "./harness/broken-reads.ts";
import type { BrokenReads } from "./harness/broken-reads.ts";
import { pageTest } from "./harness/page-test.ts";
import type { PageTest } from "./harness/page-test.ts";
import { enter, findParams, listPages, settle } from "./harness/listed-pages.ts";
import type { Face } from "./harness/listed-pages.ts";

/** Pages that read nothing until a person does something, or that lead to another page. */
const WITHOUT_READS: Readonly<Record<Face, readonly string[]>> = { dashboard: [], portal: ["/"] };
/** A search reads nothing without a text. */
const SEARCHES = new Map([["/search", "/search?q=m-2"]]);
/** A part ends well before the limit of time of a test. */
const PARTS: readonly { readonly face: Face; readonly part: number; readonly of: number }[] = [
  { face: "dashboard", part: 1, of: 2 },
  { face: "dashboard", part: 2, of: 2 },
  { face: "portal", part: 1, of: 1 },
];

for (const { face, part, of } of PARTS) {
  pageTest(
    `a failed read is an error on every page of the ${face}, part ${part} of ${of}`,
    async (opened) => {
      const { page, server } = opened;
      opened.expectProblems(/500|ERR_CONNECTION_REFUSED/);
      const reads = await openBrokenReads(page);
      await enter(opened, face);
      const paths = await listStates(opened, face);
      for (const path of paths.filter((_, index) => index % of === part - 1)) {
        const url = `${server.url}/${face}${path}`;
        const ofPage = await assertPageFails(opened, reads, url);
        await assertTabsFail(opened, reads, ofPage);
        if (ofPage.size < 2) continue;
        for (const read of ofPage) await assertFailsAlone(opened, reads, { url, read });
      }
    },
  );
}

pageTest("a session that cannot be read is a failure, and not a sign-in", async (opened) => {
  const { page, openDashboard } = opened;
  opened.expectProblems(/500|ERR_CONNECTION_REFUSED/);
  await page.clock.install();
  await openDashboard("/system");
  const path = "**/api/v1/session";
  await page.route(path, (route) => route.fulfill(FAILURE));
  await page.reload();
  const body = page.locator("body");
  await passTime(page, "the failure is shown", () => hasFailure(body));
  await assertFailureShown(body);
  assert.equal(await page.getByLabel("Token", { exact: true }).count(), 0);
  await page.unrouteAll();
  // The page tries again by itself.
  const navigation = page.getByRole("navigation", { name: "Pages" });
  await passTime(page, "the page is shown", () => navigation.isVisible());
});

async function listStates(opened: PageTest, face: Face): Promise<readonly string[]> {
  const pages = await listPages(face, await findParams(opened));
  return pages
    .filter((path) => !WITHOUT_READS[face].includes(path))
    .map((path) => SEARCHES.get(path) ?? path);
}

/** First no read is answered, then all fail, and then all pass. Returns the paths of the reads. */
async function assertPageFails(
  opened: PageTest,
  reads: BrokenReads,
  url: string,
): Promise<ReadonlySet<string>> {
  const { page } = opened;
  const main = page.getByRole("main");
  reads.breakReads("unanswered");
  await openPage(page, url);
  const unanswered = main.getByRole("alert").filter({ hasText: "The server does not answer." });
  await passTime(page, "the bar and the page say it", async () => (await unanswered.count()) > 1);
  await assertNothingClaimed(main);
  reads.takeBroken();
  // The bar reads again by itself.
  reads.breakReads("fails");
  await passTime(page, "the failure is shown", () => hasFailure(main));
  await assertFailureShown(main);
  reads.breakReads(null);
  await retryAll(opened);
  return reads.takeBroken();
}

/** The further reads that a tab makes when it opens. */
async function assertTabsFail(
  opened: PageTest,
  reads: BrokenReads,
  ofPage: ReadonlySet<string>,
): Promise<void> {
  const { page } = opened;
  const known = new Set(ofPage);
  for (const tab of (await page.getByRole("tab").all()).slice(1)) {
    reads.takeBroken();
    reads.breakReads("fails", (path) => !known.has(path));
    await tab.click();
    await settle(opened);
    const panel = page.getByRole("tabpanel");
    const broken = reads.takeBroken();
    if (broken.size > 0) {
      await passTime(page, "the failure is shown", () => hasFailure(panel));
      await assertFailureShown(panel);
      reads.breakReads(null);
      await retryAll(opened);
      for (const path of broken) known.add(path);
    }
  }
  reads.breakReads(null);
}

/** One of several reads of a page fails: the others are shown, and its part says so. */
async function assertFailsAlone(
  opened: PageTest,
  reads: BrokenReads,
  p: { readonly url: string; readonly read: string },
): Promise<void> {
  const { page } = opened;
  if (isOfFrame(p.read, p.url)) return;
  reads.breakReads("fails", (path) => path === p.read);
  await openPage(page, p.url);
  const main = page.getByRole("main");
  await passTime(page, `the failure of ${p.read} is shown`, () => hasFailure(main));
  await assertFailureShown(main);
  reads.breakReads(null);
}

/** The name of the chosen app in the frame, and the look whether the server is in use: no page depends on them. */
function isOfFrame(read: string, url: string): boolean {
  const { pathname } = new URL(url);
  return (/^\/app\/[^/]+$/.test(read) && !pathname.endsWith(read)) || read === "/app";
}

async function openPage(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.getByRole("navigation", { name: "Pages" }).waitFor();
}

/** Clicks each Retry of the page, and waits until it has read. */
async function retryAll(opened: PageTest): Promise<void> {
  const { page } = opened;
  const retries = page.getByRole("main").getByRole("button", { name: "Retry" });
  for (let left = await retries.count(); left > 0; left = await retries.count()) {
    await retries.first().click();
    await passTime(page, "Retry reads again", async () => (await retries.count()) < left);
  }
  await settle(opened);
}
