/** Sending again: from the overview, from an endpoint and from the portal; its estimate, its tasks, its rights. */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { withFailures } from "./harness/failed-deliveries.ts";
import { assertGoodLooks } from "./harness/looks.ts";
import { pageTest } from "./harness/page-test.ts";
import type { PageTest } from "./harness/page-test.ts";
import { makePortalLink } from "./harness/portal-link.ts";
import { assertAccessible } from "./harness/watched-page.ts";

const MOST_STEPS = 120;
/** The server counts the failures of the overview every ten seconds. */
const COUNTED = { timeout: 30_000 };

const dialogOf = (page: Page) => page.getByRole("dialog", { name: /^Send/ });

/** Signs in first: an open dialog hides the navigation that the sign-in waits for. */
async function openAt({ page, server, openDashboard }: PageTest, path: string): Promise<void> {
  await openDashboard("/system");
  await page.goto(`${server.url}/dashboard${path}`);
}

/** Presses Tab until the element with this name has the focus. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const text = await page.evaluate<string>(
      "document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? ''",
    );
    if (name.test(text)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`no Tab leads to ${name}`);
}

pageTest(
  "the replay dialog and the tasks are accessible and fit every width in both themes",
  async (opened) => {
    const { page, server, openDashboard } = opened;
    await withFailures(server);
    await openAt(opened, "/failed?range=24h&replay=failed");
    await dialogOf(page).getByText("front-desk").waitFor();
    await assertGoodLooks(page);
    await openDashboard("/tasks");
    await page.getByRole("heading", { name: "Tasks" }).waitFor();
    await assertGoodLooks(page);
  },
);

pageTest(
  "the estimate follows the filter, and warns of receivers that are not ready",
  async (opened) => {
    const { page, server, openDashboard } = opened;
    const app = await withFailures(server);
    const [billing] = app.failing.slice(1);
    await openDashboard(`/failed?app=${app.id}&range=1h`);
    await page.getByRole("button", { name: "Send these again…" }).click();
    const dialog = dialogOf(page);
    await dialog.getByText("6 deliveries").waitFor();
    await dialog.getByText("(exact)").waitFor();
    await dialog.getByText("Receivers see hookline-replay: 1 and the same webhook-id.").waitFor();
    await dialog.getByText(/At 1\/s for each endpoint: about 3 s\./).waitFor();
    await dialog.getByRole("button", { name: "Type", exact: true }).click();
    await page.getByLabel("Type", { exact: true }).last().fill("appointment.moved");
    await page.keyboard.press("Enter");
    await dialog.getByText("2 deliveries").waitFor();
    assert.match(page.url(), /event_type=appointment\.moved/, "the open dialog is a link");
    await server.api.post(`/app/${app.id}/endpoint/${billing}/pause`, {});
    await openAt(opened, `/failed?app=${app.id}&range=1h&replay=failed`);
    await dialog.getByText("paused, so its deliveries wait until it is resumed").waitFor();
    await server.api.post(`/app/${app.id}/endpoint/${billing}/resume`, {});
    await openAt(opened, `/failed?app=${app.id}&range=1h&reason=timeout&replay=failed`);
    await dialog.getByText("No failed delivery matches, so there is nothing to send.").waitFor();
    assert.ok(await dialog.getByRole("button", { name: "Send again" }).isDisabled());
  },
);

pageTest("an estimate that cannot be read says so, and is asked again", async (opened) => {
  const { page, server, expectProblems } = opened;
  await withFailures(server);
  expectProblems(/500/);
  await page.route(
    "**/api/v1/replay?dry_run=true",
    async (route) => await route.fulfill({ status: 500 }),
  );
  await openAt(opened, "/failed?range=1h&replay=failed");
  const dialog = dialogOf(page);
  await dialog.getByRole("alert").getByText("This could not be read.").waitFor();
  assert.ok(await dialog.getByRole("button", { name: "Send again" }).isDisabled());
  await page.unroute("**/api/v1/replay?dry_run=true");
  await dialog.getByRole("button", { name: "Retry" }).click();
  await dialog.getByText("front-desk").waitFor();
});

/** A zone where it is two at night now. The browser believes that it is the morning after. */
function toNight(now: Date): { readonly zone: string; readonly morning: Date } {
  const ahead = (26 - now.getUTCHours()) % 24;
  const hours = ahead > 12 ? ahead - 24 : ahead;
  // The signs of these names are turned over.
  const zone = `Etc/GMT${hours > 0 ? "-" : "+"}${Math.abs(hours)}`;
  return { zone: hours === 0 ? "UTC" : zone, morning: new Date(now.getTime() + 6 * 3_600_000) };
}
const { zone, morning } = toNight(new Date());

/** Before anything is sent again, since that leaves the list. */
pageTest(
  "what failed last night is sent again within three clicks, as one group of tasks",
  async ({ page, server, openDashboard }) => {
    const app = await withFailures(server);
    await page.clock.setFixedTime(morning);
    await openDashboard("/");
    await page.getByText(/Failed for good in the last 24 h: 6 in 2 endpoints\./).waitFor(COUNTED);
    const asked = page.waitForRequest((request) => request.url().endsWith("/api/v1/replay"));
    await page.getByRole("link", { name: "Review and replay" }).click();
    await page.getByRole("button", { name: "Last night, 22–06", exact: true }).click();
    await dialogOf(page).getByText("6 deliveries").waitFor();
    await dialogOf(page).getByRole("button", { name: "Send again" }).click();
    const body = JSON.parse((await asked).postData() ?? "") as Record<string, string>;
    const hoursOf = (name: string) => new Date(body[name] ?? "").getTime() - app.failedBy;
    assert.ok(hoursOf("failedSince") < 0 && hoursOf("failedUntil") > 0);
    assert.equal(
      Date.parse(body["failedUntil"] ?? "") - Date.parse(body["failedSince"] ?? ""),
      8 * 3_600_000,
    );
    await page.getByText("2 tasks send them again.").first().waitFor();
    await page.getByRole("button", { name: "Show the tasks" }).first().click();
    const rows = page.getByRole("table", { name: "Tasks" }).getByRole("row");
    await rows.filter({ hasText: "Send again by filter" }).nth(1).waitFor();
    assert.match(page.url(), /group=qgroup_/);
    const group = rows.filter({ hasText: "Send again to 2 endpoints" });
    await group.getByText("the admin token").waitFor();
    await group.getByRole("link").click();
    await rows.filter({ hasText: "Send again by filter" }).first().waitFor({ state: "hidden" });
    await group.getByRole("button", { name: "Cancel all" }).click();
    await group.getByText("cancelled").waitFor();
    // With one task per page, the list reads on until it has both.
    const before = "limit=100";
    await page.route("**/api/v1/background-task?*", async (route) => {
      assert.ok(route.request().url().includes(before));
      await route.continue({ url: route.request().url().replace(before, "limit=1") });
    });
    await page.reload();
    await group.getByText("cancelled").waitFor();
  },
  { zone },
);

pageTest(
  "by the keyboard alone the same takes three choices",
  async ({ page, server, openDashboard }) => {
    await withFailures(server);
    await page.clock.setFixedTime(morning);
    await openDashboard("/");
    await page.getByRole("link", { name: "Review and replay" }).waitFor(COUNTED);
    const choose = async (name: RegExp): Promise<void> => {
      await tabTo(page, name);
      await page.keyboard.press("Enter");
    };
    await choose(/^Review and replay$/);
    await dialogOf(page).waitFor();
    await choose(/^Last night, 22–06$/);
    await dialogOf(page)
      .getByText(/deliver(?:y|ies)/)
      .first()
      .waitFor();
    await page.waitForURL(/range=night/);
    await dialogOf(page).getByRole("button", { name: "Send again", disabled: false }).waitFor();
    await choose(/^Send again$/);
    await page
      .getByText(/tasks? sends? them again\./)
      .first()
      .waitFor();
  },
  { zone },
);

pageTest("an endpoint is sent what it missed, after an estimate", async (opened) => {
  const { page, server, openDashboard } = opened;
  const app = await withFailures(server);
  await openDashboard(`/app/${app.id}/endpoints/${app.disabled}?tab=missed`);
  await page.getByRole("button", { name: "Send missed…" }).click();
  const dialog = dialogOf(page);
  await dialog.getByText("3 events").waitFor();
  await dialog.getByText("disabled, so its deliveries wait until it is enabled").waitFor();
  assert.match(page.url(), /replay=missed/);
  await assertAccessible(page);
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });
  assert.equal(
    await page.evaluate("document.activeElement?.textContent"),
    "Send missed…",
    "the focus returns",
  );
});

pageTest("a portal token without CreateAttempts sees no button that sends", async (opened) => {
  const { page, server } = opened;
  const app = await withFailures(server);
  const rights = { capabilities: ["ViewBase", "ManageEndpoint"] };
  await page.goto(
    await makePortalLink(opened, { rights, app: app.uid, look: "?next=/failed?replay=failed" }),
  );
  await page.getByRole("heading", { name: "Failed" }).waitFor();
  assert.equal(await page.getByRole("button", { name: /Send/ }).count(), 0);
  assert.equal(await page.getByRole("dialog").count(), 0);
  await page.keyboard.press("R");
  assert.equal(await page.getByRole("dialog").count(), 0);
});

pageTest("a customer sends again what failed at the endpoints of its app", async (opened) => {
  const { page, server } = opened;
  const app = await withFailures(server);
  await page.goto(await makePortalLink(opened, { app: app.uid }));
  await page.getByRole("navigation").getByRole("link", { name: "Failed" }).click();
  await page.getByRole("button", { name: "Send these again…" }).click();
  const dialog = dialogOf(page);
  await dialog.getByText("front-desk").waitFor();
  assert.equal(await dialog.getByRole("button", { name: "App", exact: true }).count(), 0);
  await assertAccessible(page);
});
