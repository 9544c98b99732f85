/**
 * An upgrade under an open page: the code of pages that were not opened yet is gone. The build of the test stays, so
 * that code is answered with 404, and the document that the page compares itself with names another build.
 */
import assert from "node:assert/strict";
import { passTime } from "./harness/broken-reads.ts";
import { pageTest, type PageTest } from "./harness/page-test.ts";

const GONE = /404|Failed to load module script|dynamically imported module/;
const NEWER = '<!doctype html><script type="module" src="/ui/dashboard-NEWER.js"></script>';

type Upgraded = {
  /** Opens a page whose code is gone. */
  readonly open: () => Promise<void>;
  /** Documents that the browser opened since. */
  readonly reloads: () => number;
  /** Looks of the page for a newer build. */
  readonly looks: () => number;
};

/** The server refuses so many requests for new code. Without `isNewer` the served document is that of the same build. */
async function upgrade(
  { page, openDashboard, expectProblems }: PageTest,
  { refused, isNewer }: { readonly refused: number; readonly isNewer: boolean },
): Promise<Upgraded> {
  expectProblems(GONE);
  const loaded = new Set<string>();
  page.on("requestfinished", (request) => void loaded.add(request.url()));
  await openDashboard("/apps");
  await page.getByRole("table", { name: "Apps" }).waitFor();
  await page.clock.install();
  let left = refused;
  let reloads = 0;
  let looks = 0;
  const known = new Set(loaded);
  await page.route("**/ui/*.js", async (route) => {
    if (known.has(route.request().url()) || left === 0) return await route.fallback();
    left -= 1;
    return await route.fulfill({ status: 404, json: { code: "route_not_found", detail: "Gone." } });
  });
  await page.route("**/dashboard/**", async (route) => {
    if (route.request().isNavigationRequest()) reloads += 1;
    if (route.request().resourceType() !== "fetch") return await route.fallback();
    looks += 1;
    if (!isNewer) return await route.fallback();
    return await route.fulfill({ contentType: "text/html", body: NEWER });
  });
  return {
    open: () => page.getByRole("link", { name: "Audit", exact: true }).click(),
    reloads: () => reloads,
    looks: () => looks,
  };
}

const notLoadedOf = ({ page }: PageTest) =>
  page.getByRole("alert").filter({ hasText: "The page could not be loaded." });

pageTest("a page whose code is gone after an upgrade loads itself again", async (opened) => {
  const { open, reloads } = await upgrade(opened, { refused: 1, isNewer: true });
  await open();
  await opened.page.getByRole("table", { name: "Audit" }).waitFor();
  assert.equal(reloads(), 1);
});

pageTest("while servers of two builds answer in turn, it does so once", async (opened) => {
  const { page } = opened;
  const { open, reloads, looks } = await upgrade(opened, { refused: 1_000, isNewer: true });
  const isLoadedAgain = page.waitForEvent("load");
  await open();
  await isLoadedAgain;
  await notLoadedOf(opened).getByRole("button", { name: "Retry" }).waitFor();
  const before = looks();
  await passTime(page, "it looks again", async () => looks() >= before + 3);
  assert.equal(reloads(), 1);
});

pageTest("it does not while the server has the same build", async (opened) => {
  const { page } = opened;
  const { open, reloads, looks } = await upgrade(opened, { refused: 2, isNewer: false });
  await open();
  await notLoadedOf(opened).waitFor();
  const table = page.getByRole("table", { name: "Audit" });
  await passTime(page, "the page opens", async () => table.isVisible());
  assert.ok(looks() > 0);
  assert.equal(reloads(), 0);
});
