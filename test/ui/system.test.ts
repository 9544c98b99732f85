/** The page of the server: its checks, nodes, store and settings, and the change of its encryption key. */
import assert from "node:assert/strict";
import { TOKEN } from "../harness/server.ts";
import { assertGoodLooks } from "./harness/looks.ts";
import { openDashboard as openDashboardAt } from "./harness/open-dashboard.ts";
import { pageTest } from "./harness/page-test.ts";

pageTest(
  "the system is accessible and fits every width in both themes",
  async ({ page, openDashboard }) => {
    await openDashboard("/system");
    await page.getByRole("table", { name: "Checks" }).waitFor();
    await page.getByLabel("Changed only").uncheck();
    await page.getByText("HOOKLINE_RETENTION", { exact: true }).waitFor();
    await assertGoodLooks(page);
  },
);

pageTest("the system says what to look at, and shows settings without secrets", async (opened) => {
  const { page, openDashboard } = opened;
  await openDashboard("/system");
  await page.getByText("2 checks ask for a look; nothing has failed.").waitFor();
  const checks = page.getByRole("table", { name: "Checks" });
  await checks.getByRole("row").filter({ hasText: "Public URL" }).getByText("look").waitFor();
  await checks.getByRole("row").filter({ hasText: "Writable" }).getByText("passed").waitFor();
  const node = page.getByRole("table", { name: "Nodes" }).getByRole("row").nth(1);
  await node.getByText("256").waitFor();
  await page.getByText("256 of 256").waitFor();
  const settings = page.getByRole("table", { name: "Settings of this node" });
  const row = (name: string) =>
    settings.getByRole("row").filter({ has: page.getByText(name, { exact: true }) });
  await row("HOOKLINE_ADMIN_TOKEN").getByText("set", { exact: true }).waitFor();
  await row("HOOKLINE_REPLAY_RATE").getByText("environment").waitFor();
  assert.equal(await row("HOOKLINE_RETENTION").count(), 0);
  await page.getByLabel("Changed only").uncheck();
  await row("HOOKLINE_RETENTION").getByText("default").waitFor();
  assert.ok(!(await page.content()).includes(TOKEN));
});

pageTest("the encryption key is changed, and its fingerprint with it", async (opened) => {
  const { page, server, openDashboard } = opened;
  const fingerprint = async (): Promise<unknown> =>
    ((await server.api.get("/system"))["encryption"] as { fingerprint: string }).fingerprint;
  const before = await fingerprint();
  await openDashboard("/system");
  await page.getByText(String(before)).waitFor();
  await page.getByRole("button", { name: "Change the encryption key" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Change the encryption key" }).click();
  await page.getByText("Every secret is encrypted with the new key.").first().waitFor();
  await page.getByText(String(before)).waitFor({ state: "detached" });
});

pageTest("an admin signs everyone else out, and stays signed in", async (opened) => {
  const { page, context, server, openDashboard, expectProblems } = opened;
  await openDashboard("/system");
  const made = await server.api.post("/operator-key", { name: "Olga", role: "operator" });
  const browser = context.browser() ?? assert.fail("no browser");
  const elsewhere = await browser.newContext();
  try {
    const other = await elsewhere.newPage();
    await openDashboardAt(other, `${server.url}/dashboard/system`, String(made["key"]));
    await other.getByRole("table", { name: "Checks" }).waitFor();
    assert.equal(await other.getByRole("button", { name: "Sign everyone else out" }).count(), 0);
    await page.getByRole("button", { name: "Sign everyone else out" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Sign everyone else out" }).click();
    await page
      .getByText(/^Everyone else is signed out: \d+ sign-ins? ha(?:s|ve) ended\.$/)
      .waitFor();
    await other.getByRole("link", { name: "Audit" }).click();
    await other.getByLabel("Token", { exact: true }).waitFor();
    await page.reload();
    await page.getByRole("table", { name: "Checks" }).waitFor();
  } finally {
    await elsewhere.close();
  }
  expectProblems(/401/);
});

pageTest("a viewer sees no values of settings and no button", async (opened) => {
  const { page, server, openDashboard } = opened;
  const made = await server.api.post("/operator-key", { name: "Vic", role: "viewer" });
  await openDashboard("/system", String(made["key"]));
  const settings = page.getByRole("table", { name: "Settings of this node" });
  await settings.waitFor();
  const rows = await settings.getByRole("row").count();
  assert.equal(await settings.getByText("hidden", { exact: true }).count(), rows - 1);
  assert.equal(await page.getByRole("button", { name: /encryption|Sign everyone/ }).count(), 0);
});
