/** Search and events in the dashboard: a number leads to its texts, and an event shows its payload. */
import assert from "node:assert/strict";
import { assertGoodLooks } from "./harness/looks.ts";
import { pageTest } from "./harness/page-test.ts";

const NUMBER = "+12065550188";

pageTest(
  "Ctrl-K, a number and Enter: the texts of the number, and one click opens one",
  async (opened) => {
    const { page, server, openDashboard } = opened;
    await openDashboard(`/app/${server.app.id}/texts`);
    await page.keyboard.press("Control+k");
    const box = page.getByPlaceholder("Number, id, words, endpoint…");
    await box.waitFor();
    await page.keyboard.type(NUMBER, { delay: 30 });
    assert.equal(await box.inputValue(), NUMBER);
    await page.getByRole("option", { name: NUMBER }).first().waitFor();
    await page.keyboard.press("Enter");
    await page.waitForURL(/texts\?number=%2B12065550188/);
    const rows = page.getByRole("row").filter({ hasText: NUMBER });
    await rows.first().getByRole("link").click();
    await page.waitForURL(/\/texts\/[^?]+$/);
  },
);

pageTest("the search page finds words in quotes, and leads on to the events", async (opened) => {
  const { page, server, openDashboard } = opened;
  await openDashboard(`/app/${server.app.id}/texts`);
  await openDashboard(`/search?q=${encodeURIComponent('"reminder"')}`);
  await page.getByRole("table", { name: "Hits" }).getByText("Reminder").first().waitFor();
  await page.getByRole("link", { name: "List the events that contain it" }).click();
  await page.getByRole("button", { name: "Contains: reminder" }).waitFor();
  await page.getByRole("table", { name: "Events" }).getByText("message.sent").first().waitFor();
});

pageTest("an event shows its payload, its deliveries and its attempts", async (opened) => {
  const { page, server, openDashboard } = opened;
  await openDashboard(`/app/${server.app.id}/events?contains=Reminder`);
  const row = page.getByRole("table", { name: "Events" }).getByRole("row").nth(1);
  await row.getByRole("link").click();
  await page.getByRole("region", { name: "Payload" }).getByText('"Reminder"').waitFor();
  await page.getByRole("tab", { name: "Deliveries" }).click();
  await page.getByRole("table", { name: "Deliveries" }).getByText("The CRM").waitFor();
  await page.getByRole("tab", { name: "Requests" }).click();
  const requests = page.getByRole("tabpanel", { name: "Requests" });
  await requests.getByText("POST").first().waitFor();
  await requests.getByRole("region", { name: "Body" }).getByText('"Reminder"').waitFor();
  await page.getByRole("tab", { name: "Attempts" }).click();
  await page.getByRole("table", { name: "Attempts" }).getByText("200").first().waitFor();
  assert.match(page.url(), /tab=attempts/);
});

pageTest(
  "search and events are accessible and fit every width in both themes",
  async ({ page, server, openDashboard }) => {
    const { id: app } = server.app;
    await openDashboard(`/app/${app}/events`);
    const events = page.getByRole("table", { name: "Events" });
    await events.getByRole("link").first().waitFor();
    await assertGoodLooks(page);
    await events.getByRole("link").first().click();
    await page.getByRole("region", { name: "Payload" }).waitFor();
    await assertGoodLooks(page);
    await openDashboard(`/search?q=${encodeURIComponent(NUMBER)}`);
    await page.getByRole("table", { name: "Hits" }).getByText("Text").first().waitFor();
    await assertGoodLooks(page);
  },
);
