/** The page of failed deliveries in both faces: its states, its filters, and one delivery sent again. */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { withFailures } from "./harness/failed-deliveries.ts";
import { assertGoodLooks } from "./harness/looks.ts";
import { pageTest } from "./harness/page-test.ts";
import { makePortalLink } from "./harness/portal-link.ts";
import { assertAccessible } from "./harness/watched-page.ts";

const rowsOf = (page: Page) => page.getByRole("table", { name: "Failed" }).getByRole("link");

pageTest(
  "failed deliveries are accessible and fit every width in both themes",
  async ({ page, server, openDashboard }) => {
    await withFailures(server);
    await openDashboard("/failed");
    await rowsOf(page).first().waitFor();
    await assertGoodLooks(page);
    await rowsOf(page).first().click();
    await page.getByText("upstream connect error").waitFor();
    await assertGoodLooks(page);
  },
);

pageTest("filters of failed deliveries are found by words, and are a link", async (opened) => {
  const { page, server, openDashboard } = opened;
  const app = await withFailures(server);
  await openDashboard("/system");
  await page.keyboard.press("g");
  await page.keyboard.press("f");
  await page.getByText(`${app.deliveries} deliveries failed for good, to 2 endpoints.`).waitFor();
  await page.getByRole("button", { name: "App", exact: true }).click();
  await page.getByLabel("App", { exact: true }).last().fill("nov");
  await page.getByRole("button", { name: /Nova Dental/ }).click();
  await page.getByRole("button", { name: "Endpoint", exact: true }).click();
  await page.getByRole("button", { name: /billing/ }).click();
  await page.getByRole("button", { name: "Reason", exact: true }).click();
  await page.getByRole("button", { name: "5xx", exact: true }).click();
  await page.getByRole("button", { name: "Timeout", exact: true }).click();
  await page.keyboard.press("Escape");
  await page.getByText("3 deliveries failed for good, to 1 endpoint.").waitFor();
  const link = new URL(page.url());
  assert.equal(link.searchParams.get("app"), app.id);
  assert.equal(link.searchParams.get("endpoint_id"), app.failing[1]);
  assert.equal(link.searchParams.get("reason"), "5xx,timeout");
  await openDashboard(`/failed${link.search}&event_type=appointment.moved&range=1h`);
  await page.getByText("1 delivery failed for good, to 1 endpoint.").waitFor();
  await page.getByRole("button", { name: "App: Nova Dental" }).waitFor();
});

pageTest("nothing that failed is an answer, and a refused read is not", async (opened) => {
  const { page, server, openDashboard, expectProblems } = opened;
  await withFailures(server);
  await openDashboard(`/failed?app=${server.app.id}&reason=timeout`);
  await page.getByText("No failed delivery matches these filters.").waitFor();
  expectProblems(/40[04]|503/);
  await page.route("**/api/v1/delivery*", async (route) => await route.fulfill({ status: 503 }));
  await openDashboard("/failed");
  await page.getByRole("alert").getByText("This could not be read.").waitFor();
  assert.equal(await page.getByText("No delivery has failed").count(), 0);
  await page.unroute("**/api/v1/delivery*");
  await page.getByRole("button", { name: "Retry" }).click();
  await rowsOf(page).first().waitFor();
});

pageTest("a delivery opens its attempts, and r sends it again", async (opened) => {
  const { page, server, openDashboard } = opened;
  const app = await withFailures(server);
  await openDashboard(`/failed?app=${app.id}`);
  await rowsOf(page).first().waitFor();
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  const panel = page.getByRole("complementary");
  await panel.getByText("All attempts failed, the last one").waitFor();
  await panel.getByText("upstream connect error").waitFor();
  await panel.getByRole("link", { name: "Open the event" }).waitFor();
  const sent = page.waitForRequest((request) => request.url().endsWith("/resend"));
  await page.keyboard.press("r");
  await sent;
  await page.getByText("The delivery is due now.").first().waitFor();
});

pageTest("the portal lists the failed deliveries of its app alone", async (opened) => {
  const { page, server } = opened;
  const app = await withFailures(server);
  const given = { capabilities: ["ViewBase"] };
  await page.goto(await makePortalLink(opened, { rights: given, app: app.uid }));
  await page.getByRole("navigation").getByRole("link", { name: "Failed" }).click();
  await rowsOf(page).first().click();
  await page.getByRole("complementary").getByText("upstream connect error").waitFor();
  assert.equal(await page.getByRole("button", { name: "App", exact: true }).count(), 0);
  assert.equal(await page.getByRole("button", { name: /Send/ }).count(), 0);
  await assertAccessible(page);
});

pageTest("a viewer sees failed deliveries and no button that sends", async (opened) => {
  const { page, server } = opened;
  await withFailures(server);
  const { key } = await server.api.post("/operator-key", { name: "Vera", role: "viewer" });
  await page.goto(`${server.url}/dashboard/failed`);
  await page.getByLabel("Token", { exact: true }).fill(String(key));
  await page.getByRole("button", { name: "Sign in" }).click();
  await rowsOf(page).first().click();
  await page.getByRole("complementary").waitFor();
  assert.equal(await page.getByRole("button", { name: /Send/ }).count(), 0);
});
