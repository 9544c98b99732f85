/** Each page of the portal, as a customer with all rights and as one who may only read. */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { pageTest } from "./harness/page-test.ts";
import { makePortalLink } from "./harness/portal-link.ts";
import { assertAccessible, assertNoSidewaysScroll } from "./harness/watched-page.ts";

/** On a small screen, the last pages are in a menu. */
async function openFromMenu(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name }).click();
}

const PAGES = [
  { name: "Endpoints", shows: "/crm" },
  { name: "Texts", shows: "Sure, Dana! Thursday 3:40 pm or 5:10 pm?" },
  { name: "Events", shows: "message.sent" },
  { name: "Catalog", shows: "message.received" },
  { name: "Tasks", shows: "Tasks" },
] as const;

for (const { theme, width } of [
  { theme: "dark", width: 360 },
  { theme: "light", width: 1440 },
] as const) {
  pageTest(
    `the navigation of the portal leads to every page at ${width} px, ${theme}`,
    async (opened) => {
      const { page } = opened;
      await page.goto(await makePortalLink(opened));
      const navigation = page.getByRole("navigation", { name: "Pages" });
      await navigation.getByRole("link", { name: "Endpoints" }).waitFor();
      for (const { name, shows } of PAGES) {
        const link = navigation.getByRole("link", { name });
        if (await link.isVisible()) await link.click();
        else await openFromMenu(page, name);
        await page.getByRole("main").getByText(shows).first().waitFor();
        await assertAccessible(page);
        await assertNoSidewaysScroll(page);
      }
    },
    { width, theme },
  );
}

pageTest("a customer who may only read sees no button that changes something", async (opened) => {
  const { page } = opened;
  await page.goto(await makePortalLink(opened, { rights: { readOnly: true } }));
  const main = page.getByRole("main");
  await main.getByText("/crm").first().waitFor();
  const buttons = main.getByRole("button", { name: /Add|Pause|Enable|Send|Delete|Rotate/ });
  assert.equal(await buttons.count(), 0);
  await main.getByText("/crm").first().click();
  await main.getByRole("tab").first().waitFor();
  assert.equal(await buttons.count(), 0);
});
