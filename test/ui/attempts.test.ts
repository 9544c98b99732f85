/** One attempt on the pages that list attempts: the answer with its headers and times, and the request. */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { assertGoodLooks } from "./harness/looks.ts";
import { pageTest } from "./harness/page-test.ts";
import type { PageTest } from "./harness/page-test.ts";
import { makePortalLink } from "./harness/portal-link.ts";

const FAILING = "/zipwhip/progress";
const HEADERS = "Headers of the answer";

const panel = (page: Page) => page.getByRole("complementary", { name: "Attempt" });

/** The rows of a list, of which each is a link. */
function firstFailed(page: Page) {
  return page.getByRole("table", { name: "Attempts" }).getByRole("row").filter({ hasText: "503" });
}

async function assertAnswerShown(page: Page): Promise<void> {
  const headers = panel(page).getByRole("list", { name: HEADERS });
  await headers.getByText("crm-7 overloaded").waitFor();
  assert.equal(await headers.getByText("set-cookie").count(), 0);
  await panel(page).getByText("upstream connect error").waitFor();
  await panel(page)
    .getByRole("region", { name: "Times of the attempt" })
    .getByText("first byte")
    .waitFor();
}

async function openPortal(opened: PageTest): Promise<void> {
  await opened.page.goto(await makePortalLink(opened));
  await opened.page.getByRole("table", { name: "Endpoints" }).waitFor();
}

pageTest(
  "a customer sees the answer of an endpoint with its headers two clicks from the start of the portal",
  async (opened) => {
    const { page } = opened;
    await openPortal(opened);
    await page.getByRole("table", { name: "Endpoints" }).getByText(FAILING).click();
    await firstFailed(page).first().getByRole("link").click();
    await assertAnswerShown(page);
    // The receiver's address is internal.
    assert.equal(await panel(page).getByText("Receiver's address").count(), 0);
  },
);

pageTest(
  "an operator sees the answer of an endpoint with its headers two clicks from the overview",
  async (opened) => {
    const { page, openDashboard } = opened;
    await openDashboard("/");
    const row = page.getByRole("row").filter({ hasText: "breaker open, 503" });
    await row.getByRole("link").first().click();
    await firstFailed(page).first().getByRole("link").click();
    await assertAnswerShown(page);
    await panel(page).getByText("127.0.0.1", { exact: true }).waitFor();
  },
);

pageTest("the answer with its headers is reached and closed by keys alone", async (opened) => {
  const { page } = opened;
  await openPortal(opened);
  const endpoint = page
    .getByRole("table", { name: "Endpoints" })
    .getByRole("row")
    .filter({ hasText: FAILING });
  await moveTo(page, endpoint.first().getByRole("link").first());
  await page.keyboard.press("Enter");
  await firstFailed(page).first().waitFor();
  await moveTo(page, firstFailed(page).first().getByRole("link"));
  await page.keyboard.press("Enter");
  await assertAnswerShown(page);
  await page.keyboard.press("Escape");
  await panel(page).waitFor({ state: "hidden" });
});

pageTest(
  "the attempts of an event open beside their list, with the request as a command",
  async (opened) => {
    const { page, server, openDashboard } = opened;
    const { api, app } = server;
    const attempts = await api.get(`/app/${app.id}/attempt/endpoint/${app.failing}`);
    const [{ msgId }] = attempts["data"] as [{ readonly msgId: string }];
    await openDashboard(`/app/${app.id}/events/${msgId}?tab=attempts`);
    await firstFailed(page).first().getByRole("link").click();
    await assertAnswerShown(page);
    await panel(page).getByRole("tab", { name: "Request" }).click();
    await panel(page).getByRole("button", { name: "Copy as cURL" }).click();
    const curl = String(await page.evaluate("navigator.clipboard.readText()"));
    assert.match(curl, /^curl -X 'POST' 'http:\/\/127\.0\.0\.1:\d+\/zipwhip/);
    assert.match(
      page.url(),
      /tab=attempts.*attempt=atmpt_.*show=request/,
      "the open request is a link",
    );
    await panel(page).getByRole("link", { name: "Open the endpoint" }).click();
    await page.getByText(/Its breaker is open/).waitFor();
  },
);

pageTest("an attempt whose detail was not kept says so", async (opened) => {
  const { page, server, openDashboard } = opened;
  await openDashboard(`/app/${server.app.id}/endpoints/${server.app.healthy}`);
  await page.getByRole("table", { name: "Attempts" }).getByRole("link").first().click();
  await panel(page).getByText("Headers and times of this attempt were not kept.").waitFor();
});

pageTest("an attempt is accessible and fits every width in both themes", async (opened) => {
  const { page, server, openDashboard } = opened;
  await openDashboard(`/app/${server.app.id}/endpoints/${server.app.failing}`);
  await firstFailed(page).first().getByRole("link").click();
  await assertAnswerShown(page);
  await assertGoodLooks(page);
  await panel(page).getByRole("tab", { name: "Request" }).click();
  await panel(page).getByRole("button", { name: "Copy as cURL" }).waitFor();
  await assertGoodLooks(page);
});

/** Presses `j` until the focus is at the link. */
async function moveTo(page: Page, link: ReturnType<Page["getByRole"]>): Promise<void> {
  const handle = await link.elementHandle();
  for (let presses = 0; presses < 20; presses += 1) {
    await page.keyboard.press("j");
    const isThere = await handle?.evaluate(
      (element) => element === element.ownerDocument.activeElement,
    );
    if (isThere) return;
  }
  assert.fail("the row is not reached");
}
