/** Signing in and out, and giving a tenant a link to the portal. */
import assert from "node:assert/strict";
import { TOKEN } from "../harness/server.ts";
import { pageTest } from "./harness/page-test.ts";

pageTest("a session outlives a reload and ends when it is signed out", async (opened) => {
  const { page, openDashboard, expectProblems } = opened;
  await openDashboard("/audit");
  await page.reload();
  await page.getByRole("heading", { name: "Audit" }).waitFor();
  expectProblems(/401/);
  await page.getByRole("button", { name: "Signed in as Admin token" }).click();
  await page.getByRole("menuitem", { name: "Sign out", exact: true }).click();
  await page.getByLabel("Token").waitFor();
  await page.reload();
  await page.getByLabel("Token").waitFor();
});

pageTest("a read-only portal link for a day takes three clicks", async (opened) => {
  const { page, context, server, openDashboard } = opened;
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await openDashboard("/system");
  let clicks = 0;
  const click = async (name: RegExp, role: "link" | "button"): Promise<void> => {
    clicks += 1;
    await page.getByRole(role, { name }).first().click();
  };
  await click(/^Apps/, "link");
  await click(/^Portal link for /, "button");
  await click(/^Copy link$/, "button");
  await page.getByText("The link is copied.", { exact: true }).waitFor();
  assert.ok(clicks <= 3);
  const link = String(await page.evaluate("navigator.clipboard.readText()"));
  const oneTimeToken = new URL(link).hash.replace("#key=", "");
  const exchanged = await fetch(`${server.url}/api/v1/auth/one-time`, {
    method: "POST",
    body: JSON.stringify({ oneTimeToken }),
  });
  const { token } = (await exchanged.json()) as { token: string };
  const read = await fetch(`${server.url}/api/v1/session`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const { portal } = (await read.json()) as {
    portal: { capabilities: readonly string[]; expiresAt: string };
  };
  assert.deepEqual(portal.capabilities, ["ViewBase"]);
  const hours = (Date.parse(portal.expiresAt) - Date.now()) / 3_600_000;
  assert.ok(hours > 23 && hours <= 24, `${hours} hours`);
});

pageTest("the audit names apps and endpoints, and leads to them", async (opened) => {
  const { page, server, openDashboard, expectProblems } = opened;
  const made = await fetch(`${server.url}/api/v1/app`, {
    method: "POST",
    headers: { authorization: `Bearer ${TOKEN}` },
    body: JSON.stringify({ name: "Audited" }),
  });
  const { id } = (await made.json()) as { id: string };
  await server.api.post(`/app/${id}/endpoint`, { url: "https://crm.example.com/hooks" });
  await openDashboard(`/audit?app_id=${id}`);
  const table = page.getByRole("table", { name: "Audit" });
  const rows = table.getByRole("row");
  await rows.filter({ hasText: "createApplication" }).first().waitFor();
  assert.equal(await rows.count(), 3);
  await rows.filter({ hasText: "createEndpoint" }).getByTitle(id, { exact: true }).first().hover();
  await table.getByRole("link", { name: "crm.example.com/hooks" }).click();
  await page.waitForURL(new RegExp(`/app/${id}/endpoints/ep_`));
  await page.goBack();
  await table.getByRole("link", { name: "Audited" }).first().click();
  await page.getByRole("heading", { name: "Audited" }).waitFor();
  await page.goBack();
  const deleted = await fetch(`${server.url}/api/v1/app/${id}`, {
    method: "DELETE",
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  assert.equal(deleted.status, 204);
  // The page reads the app that was opened last.
  expectProblems(/404/);
  await page.reload();
  await rows.filter({ hasText: "deleteApplication" }).getByText(id).first().waitFor();
  assert.equal(await table.getByRole("link").count(), 0, "what is deleted has only its id");
});
