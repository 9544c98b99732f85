/** The catalogue of event types, in the dashboard and in the portal. */
import { assertGoodLooks } from "./harness/looks.ts";
import { pageTest } from "./harness/page-test.ts";

pageTest(
  "an event type shows its example, its schema and its names",
  async ({ page, openDashboard }) => {
    await openDashboard("/event-types");
    await page.getByRole("link", { name: "message.received" }).click();
    await page.getByRole("heading", { name: "message.received" }).waitFor();
    await page.getByText("message/receive").waitFor();
    await page.getByRole("region", { name: "Example" }).getByText("channel").waitFor();
    await page.getByRole("tab", { name: "Schema" }).click();
    await page.getByRole("region", { name: "Schema" }).getByText("required").first().waitFor();
  },
);

pageTest(
  "the catalogue is accessible and fits every width in both themes",
  async ({ page, openDashboard }) => {
    await openDashboard("/event-types");
    await page.getByRole("link", { name: "message.received" }).waitFor();
    await assertGoodLooks(page);
    await openDashboard("/event-types/message.received");
    await page.getByRole("region", { name: "Example" }).waitFor();
    await assertGoodLooks(page);
  },
);
