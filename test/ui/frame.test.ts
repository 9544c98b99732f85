/** The frame of the dashboard: signing in, keys, choices, themes, sizes and keyboard alone. */
import assert from "node:assert/strict";
import { assertGoodLooks } from "./harness/looks.ts";
import { pageTest } from "./harness/page-test.ts";
import { assertAccessible, assertNoSidewaysScroll } from "./harness/watched-page.ts";

pageTest(
  "the sign-in and the frame are accessible and fit every width in both themes",
  async ({ page, server, openDashboard }) => {
    await page.goto(`${server.url}/dashboard`);
    await page.getByLabel("Token", { exact: true }).waitFor();
    await assertGoodLooks(page);
    await openDashboard("/system");
    await assertGoodLooks(page);
  },
);

pageTest("a wrong token is refused at its field", async ({ page, server, expectProblems }) => {
  expectProblems(/401/);
  await page.goto(`${server.url}/dashboard`);
  await page.getByLabel("Token", { exact: true }).fill("hk_wrong_0123456789abcdef");
  await page.keyboard.press("Enter");
  await page.getByText("The server does not know this token.").waitFor();
});

pageTest("keys open pages, turn choices over and list themselves", async (opened) => {
  const { page, openDashboard } = opened;
  await openDashboard("/system");
  await page.keyboard.press("z");
  await page.getByRole("button", { name: "Time zone: UTC" }).waitFor();
  await page.keyboard.press("p");
  await page.getByText("Paused").waitFor();
  await page.keyboard.press("?");
  const keys = page.getByRole("dialog", { name: "Keys" });
  await keys.getByText("Show the keys").waitFor();
  await page.keyboard.press("Escape");
  await keys.waitFor({ state: "hidden" });
  await page.keyboard.press("Control+k");
  const box = page.getByPlaceholder("Number, id, words, endpoint…");
  await box.fill("syst");
  await page.getByRole("option", { name: "System" }).waitFor();
  await page.keyboard.press("Escape");
  await box.waitFor({ state: "hidden" });
});

pageTest("a chosen theme outlives a reload, and wins over the system's", async (opened) => {
  const { page, openDashboard } = opened;
  const isDark = (): Promise<unknown> =>
    page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches");
  await openDashboard("/system");
  assert.equal(await isDark(), false);
  const paper = "getComputedStyle(document.documentElement).backgroundColor";
  const light = await page.evaluate(paper);
  await page.getByRole("button", { name: "Theme" }).click();
  await page.getByRole("menuitemcheckbox", { name: "Dark" }).click();
  const dark = await page.evaluate(paper);
  assert.notEqual(dark, light);
  await openDashboard("/system");
  assert.equal(await page.evaluate(paper), dark);
});

pageTest("an unknown page says so, and the first Tab leads to the content", async (opened) => {
  const { page, openDashboard } = opened;
  await openDashboard("/no/such/page");
  await page.getByText("There is no such page.").waitFor();
  await page.keyboard.press("Tab");
  const focused = await page.evaluate("document.activeElement.textContent");
  assert.equal(focused, "Skip to content");
});

pageTest("a running task appears by itself, and can be cancelled", async (opened) => {
  const { page, server, openDashboard } = opened;
  const { id, healthy } = server.app;
  const since = new Date(Date.now() - 3_600_000).toISOString();
  await openDashboard("/tasks");
  await page.getByText("No task has run yet.").waitFor();
  await server.api.post(`/app/${id}/endpoint/${healthy}/bulk-replay`, { since });
  await page.getByText("1 task is running.").waitFor();
  const row = page.getByRole("row", { name: /Send again by filter/ });
  await assertAccessible(page);
  await row.getByRole("button", { name: "Cancel" }).click();
  await row.getByText("failed cancelled").waitFor();
  await page.getByText("No task is running.").waitFor();
  assert.equal(await row.getByRole("button", { name: "Cancel" }).count(), 0);
});

pageTest(
  "a long name of an app leaves room for the choices at 360 px",
  async ({ page, server, openDashboard }) => {
    await openDashboard(`/app/${server.app.id}/texts`);
    await page.getByRole("button", { name: `App: ${server.app.name}` }).waitFor();
    await assertNoSidewaysScroll(page);
    const theme = await page.getByRole("button", { name: "Theme" }).boundingBox();
    assert.ok(theme !== null && theme.x + theme.width <= 360, "the theme is in the window");
  },
  { width: 360 },
);
