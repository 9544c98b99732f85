/** The dashboard with `HOOKLINE_UI_MASK=on`: numbers and texts are masked until a person shows one object, which the audit has. */
import assert from "node:assert/strict";
import type { Locator, Page } from "playwright-core";
import { assertGoodLooks } from "./harness/looks.ts";
import { pageTest, type PageTest } from "./harness/page-test.ts";
import { makePortalLink } from "./harness/portal-link.ts";

const MASKED = { settings: { HOOKLINE_UI_MASK: "on" } };
const NUMBER = "+12065550188";
const PART = "+1206•••0188";
const TEXT = "Reminder";
const SHOW = "Show numbers and texts";
const HIDE = "Hide numbers and texts";
const MOST_TABS = 80;

const showButton = (at: Page | Locator) => at.getByRole("button", { name: SHOW });
const hideButton = (at: Page | Locator) => at.getByRole("button", { name: HIDE });

async function openText({ page, server, openDashboard }: PageTest, token?: string): Promise<void> {
  await openDashboard(`/app/${server.app.id}/texts/m-10`, token);
  await page.getByRole("table", { name: "Events of the text and their deliveries" }).waitFor();
}

/** Opens the event that made the text. */
async function openEvent({ page, server, openDashboard }: PageTest): Promise<void> {
  const { text } = (await server.api.get(`/app/${server.app.id}/text/m-10`)) as unknown as {
    readonly text: { readonly eventId: string };
  };
  await openDashboard(`/app/${server.app.id}/events/${text.eventId}`);
  await showButton(page).waitFor();
}

async function makeKey({ server }: PageTest, name: string, role: string): Promise<string> {
  return String((await server.api.post("/operator-key", { name, role }))["key"]);
}

async function assertNothingShown(page: Page): Promise<void> {
  const { length } = (await page.content()).split(NUMBER);
  assert.equal(length, 1, "the number is on the page");
  assert.ok(!(await page.content()).includes(TEXT), "the text is on the page");
}

pageTest(
  "a masked text is accessible and fits every width in both themes",
  async (opened) => {
    const { page } = opened;
    await openText(opened);
    await showButton(page).waitFor();
    await assertGoodLooks(page);
    await showButton(page).click();
    await hideButton(page).waitFor();
    await assertGoodLooks(page);
  },
  MASKED,
);

pageTest(
  "a text is masked until it is shown, the audit has the name, and a reload masks it again",
  async (opened) => {
    const { page } = opened;
    await openText(opened, await makeKey(opened, "Grace", "operator"));
    await page.getByText(PART).first().waitFor();
    await assertNothingShown(page);
    await showButton(page).click();
    await page.getByText(NUMBER).waitFor();
    await page.getByText(TEXT).waitFor();
    await hideButton(page).click();
    await page.getByText(PART).first().waitFor();
    await assertNothingShown(page);
    await showButton(page).click();
    await page.getByText(NUMBER).waitFor();
    await page.reload();
    await showButton(page).waitFor();
    await assertNothingShown(page);
    await page.getByRole("link", { name: "Audit", exact: true }).click();
    await page.getByRole("button", { name: "Call" }).click();
    await page.getByRole("textbox", { name: "Call" }).fill("reveal");
    await page.keyboard.press("Enter");
    await page.waitForURL(/verb=reveal/);
    const rows = page.getByRole("table", { name: "Audit" }).getByRole("row");
    const grace = rows.filter({ hasText: "Grace" });
    await grace.filter({ hasText: "Showed numbers and texts" }).first().waitFor();
    assert.equal(await grace.count(), 2, "each time is one entry");
    assert.match((await grace.first().textContent()) ?? "", /msg_\w+.*127\.0\.0\.0\/24/);
  },
  MASKED,
);

pageTest(
  "by keyboard: a text is shown and hidden, and the button keeps the focus",
  async (opened) => {
    const { page } = opened;
    await openText(opened);
    const focused = page.locator("*:focus");
    for (let pressed = 0; pressed < MOST_TABS; pressed += 1) {
      await page.keyboard.press("Tab");
      if ((await focused.textContent()) === SHOW) break;
    }
    await page.keyboard.press("Enter");
    await page.getByText(NUMBER).waitFor();
    assert.equal(await focused.textContent(), HIDE);
    await page.keyboard.press("Enter");
    await page.getByText(PART).first().waitFor();
    assert.equal(await focused.textContent(), SHOW);
  },
  MASKED,
);

pageTest(
  "the payload of an event, its form in an API and the request of a delivery are shown one by one",
  async (opened) => {
    const { page } = opened;
    await openEvent(opened);
    await assertNothingShown(page);
    await showButton(page).click();
    await page.getByText(NUMBER).first().waitFor();
    await page.getByRole("tab", { name: "APIs" }).click();
    await showButton(page).waitFor();
    await assertNothingShown(page);
    await showButton(page).click();
    await page.getByText(NUMBER).first().waitFor();
    await page.getByRole("tab", { name: "Requests" }).click();
    await page.getByRole("button", { name: "Copy as cURL" }).first().waitFor();
    await assertNothingShown(page);
    await showButton(page).first().click();
    await page.getByText(NUMBER).first().waitFor();
  },
  MASKED,
);

pageTest(
  "the answer of an attempt is shown by itself",
  async (opened) => {
    const { page } = opened;
    await openText(opened);
    const panel = page.getByRole("complementary");
    await page
      .getByRole("button", { name: /Attempt \d+: 200/ })
      .first()
      .click();
    const body = panel.getByLabel("Body of the answer");
    await body.waitFor();
    assert.equal(await body.textContent(), "▒▒▒");
    await showButton(panel).click();
    await hideButton(panel).waitFor();
    assert.equal(await body.textContent(), "ok");
    await showButton(page).waitFor();
    await assertNothingShown(page);
  },
  MASKED,
);

pageTest(
  "lists and the search are masked, and a typed number still leads to its texts",
  async (opened) => {
    const { page, server, openDashboard } = opened;
    await openDashboard(`/app/${server.app.id}/texts`);
    await page.getByRole("table", { name: "Texts" }).getByText(PART).first().waitFor();
    await assertNothingShown(page);
    await page.keyboard.press("/");
    await page.getByPlaceholder("Number, id, words, endpoint…").waitFor();
    await page.keyboard.type(NUMBER);
    await page.getByRole("option", { name: PART }).first().waitFor();
    await page.keyboard.press("Enter");
    await page.waitForURL(/texts\?number=%2B12065550188/);
    const rows = page.getByRole("table", { name: "Texts" }).getByRole("row");
    await rows.filter({ hasText: PART }).first().waitFor();
  },
  MASKED,
);

pageTest(
  "the settings of an endpoint are saved without the numbers of its lines",
  async (opened) => {
    const { page, server, openDashboard } = opened;
    const { api, app } = server;
    const lines = ["+12065550100"];
    const body = { uid: "of-a-line", url: "http://127.0.0.1:9999/x", lines };
    const { id } = await api.post(`/app/${app.id}/endpoint`, body);
    await openDashboard(`/app/${app.id}/endpoints/${String(id)}?tab=settings`);
    await page.getByText("+1206•••0100").first().waitFor({ state: "attached" });
    await page.getByRole("textbox", { name: "Description" }).fill("Of one line");
    await page.getByRole("button", { name: "Save" }).first().click();
    await page.getByText("Saved", { exact: false }).first().waitFor();
    const saved = await api.get(`/app/${app.id}/endpoint/${String(id)}`);
    assert.deepEqual([saved["description"], saved["lines"]], ["Of one line", lines]);
  },
  MASKED,
);

pageTest(
  "a viewer has no button to show texts, and the portal is not masked",
  async (opened) => {
    const { page, context } = opened;
    await openText(opened, await makeKey(opened, "Eve", "viewer"));
    await page.getByText(PART).first().waitFor();
    assert.equal(await showButton(page).count(), 0);
    await context.clearCookies();
    await page.goto(await makePortalLink(opened, { look: "?next=/texts" }));
    await page.getByRole("table", { name: "Texts" }).getByText(NUMBER).first().waitFor();
    assert.equal(await showButton(page).count(), 0);
  },
  MASKED,
);

pageTest("without the setting nothing is masked, and there is no button", async (opened) => {
  const { page } = opened;
  await openText(opened);
  await page.getByText(NUMBER).first().waitFor();
  assert.equal(await showButton(page).count(), 0);
});
