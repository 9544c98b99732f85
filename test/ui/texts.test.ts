/** Texts: the list, and one text with the reason at each endpoint, its attempts, requests and answers. */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { assertGoodLooks } from "./harness/looks.ts";
import { pageTest } from "./harness/page-test.ts";
import type { PageTest } from "./harness/page-test.ts";

const LIST = "Texts";
const GRID = "Events of the text and their deliveries";

async function openList({ openDashboard, server, page }: PageTest, query = ""): Promise<void> {
  await openDashboard(`/app/${server.app.id}/texts${query}`);
  await page.getByRole("table", { name: LIST }).waitFor();
}

/** The text whose last report waits behind the breaker of the Zipwhip webhook. */
async function openReported(opened: PageTest): Promise<void> {
  const { page } = opened;
  await openList(opened, "?state=waiting,retrying");
  await page.getByRole("table", { name: LIST }).getByRole("link").first().click();
  await page.getByRole("table", { name: GRID }).waitFor();
}

pageTest("texts and one text are accessible and fit every width in both themes", async (opened) => {
  const { page } = opened;
  await openList(opened);
  await assertGoodLooks(page);
  await openReported(opened);
  await assertGoodLooks(page);
  await failedMark(page).click();
  await page.getByRole("tab", { name: "Request" }).click();
  await page.getByRole("button", { name: "Copy as cURL" }).waitFor();
  await assertGoodLooks(page);
});

pageTest("a text begins with the verdict that needs most attention", async (opened) => {
  await openReported(opened);
  const { page } = opened;
  await page.getByText(/The breaker of the endpoint is open since .* \(503\)/).waitFor();
});

pageTest("an answer is two clicks from the list, and the request one more", async (opened) => {
  const { page, context } = opened;
  await openList(opened, "?state=waiting,retrying");
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.getByRole("table", { name: LIST }).getByRole("link").first().click();
  await failedMark(page).click();
  await page.getByText("upstream connect error").waitFor();
  assert.match(page.url(), /cell=.*&attempt=atmpt_/, "the open answer is a link");
  await page.getByRole("tab", { name: "Request" }).click();
  await page.getByRole("button", { name: "Copy as cURL" }).click();
  await page.getByRole("button", { name: "Copied" }).waitFor();
  const curl = String(await page.evaluate("navigator.clipboard.readText()"));
  assert.match(curl, /^curl -X 'POST' 'http:\/\/127\.0\.0\.1:\d+\/zipwhip/);
  await page.keyboard.press("Escape");
  await page.getByRole("tab", { name: "Request" }).waitFor({ state: "hidden" });
});

pageTest("filters are in the address, and no match says so", async (opened) => {
  const { page } = opened;
  await openList(opened);
  await page.getByRole("button", { name: "Direction" }).click();
  await page.getByRole("button", { name: "Received", exact: true }).click();
  await page.waitForURL(/direction=inbound/);
  const rows = page.getByRole("table", { name: LIST }).getByRole("row");
  await rows.filter({ hasText: "Sent sms" }).first().waitFor({ state: "hidden" });
  assert.ok((await rows.count()) > 1);
  await page.getByRole("button", { name: "Number", exact: true }).click();
  await page.getByRole("textbox", { name: "Number" }).fill("+19995550000");
  await page.keyboard.press("Enter");
  await page.getByText("No text matches these filters.").waitFor();
  await page.goBack();
  await page.getByRole("table", { name: LIST }).waitFor();
});

pageTest("an event is sent again from its delivery", async (opened) => {
  const { page } = opened;
  await openReported(opened);
  await failedMark(page).click();
  const panel = page.getByRole("complementary");
  await panel.getByRole("button", { name: "Send again" }).click();
  await page.getByText("The delivery is due now.", { exact: true }).first().waitFor();
});

function failedMark(page: Page) {
  return page.getByRole("button", { name: /Attempt \d+: 503/ }).first();
}
