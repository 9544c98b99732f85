/** The page of operator keys: a person gets a key with a role, the audit has the name, and the key is deleted. */
import assert from "node:assert/strict";
import { assertGoodLooks } from "./harness/looks.ts";
import { pageTest } from "./harness/page-test.ts";

pageTest(
  "operator keys are accessible and fit every width in both themes",
  async ({ page, server, openDashboard }) => {
    await server.api.post("/operator-key", { name: "x".repeat(100), role: "viewer" });
    await openDashboard("/operator-keys");
    await page.getByRole("table", { name: "Operator keys" }).waitFor();
    await assertGoodLooks(page);
    await page.getByRole("button", { name: "Make an operator key" }).click();
    await page.getByRole("dialog").waitFor();
    await assertGoodLooks(page);
  },
);

pageTest("a key is made for a person, named in the audit, and deleted", async (opened) => {
  const { page, server, openDashboard } = opened;
  await openDashboard("/");
  await page.getByRole("link", { name: "Operator keys" }).click();
  await page.getByRole("button", { name: "Make an operator key" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("Grace");
  await dialog.getByLabel("Role").selectOption({ value: "operator" });
  await dialog.getByRole("button", { name: "Make an operator key" }).click();
  await dialog.getByRole("button", { name: "Copy Key" }).click();
  const key = String(await page.evaluate("navigator.clipboard.readText()"));
  assert.match(key, /^hk_op_[0-9a-f]{64}$/);
  await dialog.getByRole("button", { name: "Done" }).click();
  const row = page.getByRole("row").filter({ hasText: "Grace" });
  await row.waitFor();
  assert.ok(!(await page.content()).includes(key), "the key is on the page");
  const headers = { authorization: `Bearer ${key}` };
  const body = JSON.stringify({ name: "By Grace" });
  const made = await fetch(`${server.url}/api/v1/app`, { method: "POST", headers, body });
  assert.equal(made.status, 201);
  await row.getByRole("link", { name: "Audit of Grace" }).click();
  const entry = page.getByRole("table", { name: "Audit" }).getByRole("row").nth(1);
  await entry.getByText("Grace", { exact: true }).waitFor();
  await entry.getByText("createApplication").waitFor();
  await page.goBack();
  await row.getByRole("button", { name: "Delete the key of Grace" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await row.waitFor({ state: "detached" });
  assert.equal((await fetch(`${server.url}/api/v1/session`, { headers })).status, 401);
});

pageTest("an operator reads the keys, and a viewer has no such page", async (opened) => {
  const { page, context, server, openDashboard } = opened;
  const make = async (role: string): Promise<string> =>
    String((await server.api.post("/operator-key", { name: `One ${role}`, role }))["key"]);
  await openDashboard("/operator-keys", await make("operator"));
  await page.getByRole("row").filter({ hasText: "One operator" }).first().waitFor();
  assert.equal(await page.getByRole("button", { name: /^(?:Make|Delete)/ }).count(), 0);
  await context.clearCookies();
  await openDashboard("/", await make("viewer"));
  await page.getByRole("link", { name: "System" }).waitFor();
  assert.equal(await page.getByRole("link", { name: "Operator keys" }).count(), 0);
});
