/** The pages about apps: their work in numbers, their keys, lines and limits, by the rights of who looks. */
import assert from "node:assert/strict";
import { assertGoodLooks } from "./harness/looks.ts";
import { pageTest } from "./harness/page-test.ts";
import type { PageTest } from "./harness/page-test.ts";

/** An operator key of this role. */
async function makeKey({ server }: PageTest, role: "operator" | "viewer"): Promise<string> {
  return String((await server.api.post("/operator-key", { name: `A ${role}`, role }))["key"]);
}

pageTest(
  "apps and one app are accessible and fit every width in both themes",
  async ({ page, server, openDashboard }) => {
    await openDashboard("/apps");
    await page.getByRole("table", { name: "Apps" }).waitFor();
    await assertGoodLooks(page);
    for (const tab of ["keys", "lines", "limits"]) {
      await openDashboard(`/app/${server.app.id}?tab=${tab}`);
      await page.getByRole("tabpanel").getByRole("table").waitFor();
      await assertGoodLooks(page);
    }
  },
);

pageTest("the list of apps shows their work, and finds one by its beginning", async (opened) => {
  const { page, server, openDashboard } = opened;
  await server.api.post("/app", { name: "Quiet Café", uid: "quiet" });
  await openDashboard("/apps");
  const table = page.getByRole("table", { name: "Apps" });
  const busy = table.getByRole("row").filter({ hasText: server.app.name });
  // The row comes with the list, and all of its numbers with it.
  await busy.getByRole("cell").nth(4).waitFor();
  const numbers = await busy.getByRole("cell").allTextContents();
  const [, endpoints, waiting, parked, failed] = numbers.map(Number);
  assert.ok(Number(endpoints) >= 5, "endpoints");
  assert.ok(Number(waiting) > 0, "waiting");
  assert.ok(Number(parked) <= Number(waiting), "parked");
  assert.ok(Number(failed) > 0, "failed attempts");
  await page.getByText(/^Deliveries wait in 1 app\./).waitFor();
  await page.getByRole("button", { name: "Name or uid begins with" }).click();
  await page.getByRole("textbox").fill("QUIET");
  await page.getByRole("button", { name: "Apply" }).click();
  await page.waitForURL(/q=QUIET/);
  await busy.waitFor({ state: "detached" });
  assert.equal(await table.getByRole("row").count(), 2);
  await openDashboard("/apps?q=nothing-like-this");
  await page.getByText("No app has a name or uid that begins so.").waitFor();
});

pageTest("a key of an app is made, shown once, listed, and revoked", async (opened) => {
  const { page, server, openDashboard } = opened;
  const { id } = await server.api.post("/app", { name: "Keyed" });
  await openDashboard(`/app/${String(id)}`);
  await page.getByText("This app has no key.").waitFor();
  await page.getByRole("button", { name: "Make a key" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Kind").selectOption({ label: "Manage this app by this API" });
  await dialog.getByRole("button", { name: "Make a key" }).click();
  await dialog.getByRole("button", { name: "Copy Key" }).click();
  const key = String(await page.evaluate("navigator.clipboard.readText()"));
  const authorization = `Bearer ${key}`;
  const read = async (): Promise<number> => {
    const { status } = await fetch(`${server.url}/api/v1/app/${String(id)}`, {
      headers: { authorization },
    });
    return status;
  };
  assert.equal(await read(), 200);
  await dialog.getByRole("button", { name: "Done" }).click();
  const row = page.getByRole("table", { name: "Keys" }).getByRole("row").nth(1);
  await row.getByText("Manage this app by this API").waitFor();
  assert.ok(!(await page.content()).includes(key), "the secret is on the page");
  await row.getByRole("button", { name: /^Revoke/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await page.getByText("This app has no key.").waitFor();
  assert.equal(await read(), 401);
});

pageTest("a line is registered, and a refusal stands at its field", async (opened) => {
  const { page, server, openDashboard, expectProblems } = opened;
  expectProblems(/422/);
  const { id } = await server.api.post("/app", { name: "Lined" });
  await openDashboard(`/app/${String(id)}?tab=lines`);
  await page.getByRole("button", { name: "Register a line" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Number").fill("not a number");
  await dialog.getByLabel("Username").fill("front-desk");
  await dialog.getByLabel("Password").fill("correct horse battery");
  await dialog.getByRole("button", { name: "Register a line" }).click();
  await dialog.getByRole("alert").waitFor();
  assert.equal(await dialog.getByLabel("Number").getAttribute("aria-invalid"), "true");
  await dialog.getByLabel("Number").fill("+12065550177");
  await dialog.getByRole("button", { name: "Register a line" }).click();
  const row = page.getByRole("table", { name: "Lines" }).getByRole("row").nth(1);
  await row.getByText("+12065550177").waitFor();
  await row.getByRole("button", { name: /^Delete/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByText("This app has no registered line.").waitFor();
});

pageTest("an app gets its own limit, and returns to the server's", async (opened) => {
  const { page, server, openDashboard } = opened;
  const { id } = await server.api.post("/app", { name: "Limited" });
  await openDashboard(`/app/${String(id)}?tab=limits`);
  const row = page
    .getByRole("table", { name: "Limits" })
    .getByRole("row")
    .filter({ has: page.getByText("endpoints", { exact: true }) });
  const change = async (value: string): Promise<void> => {
    await row.getByRole("button", { name: /^Change/ }).click();
    await page.getByRole("dialog").getByLabel("At most").fill(value);
    await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
  };
  await change("7");
  await row.getByText("7 endpoints (own)").waitFor();
  await change("");
  await row.getByText("(own)").waitFor({ state: "detached" });
});

pageTest(
  "a viewer sees the keys and masked lines of an app, and changes nothing",
  async (opened) => {
    const { page, server, openDashboard } = opened;
    const token = await makeKey(opened, "viewer");
    await openDashboard("/apps", token);
    await page.getByRole("table", { name: "Apps" }).waitFor();
    const actions = page.getByRole("button", {
      name: /^(?:Portal link|Make|Register|Revoke|Delete|Change|Pause|Resume|Enable)/,
    });
    assert.equal(await actions.count(), 0);
    for (const tab of ["keys", "lines", "limits"]) {
      await openDashboard(`/app/${server.app.id}?tab=${tab}`);
      await page.getByRole("tabpanel").getByRole("table").waitFor();
      assert.equal(await actions.count(), 0, tab);
    }
    await openDashboard(`/app/${server.app.id}?tab=lines`);
    await page.getByRole("cell", { name: /•••/ }).first().waitFor();
    await openDashboard(`/app/${server.app.id}/endpoints/${server.app.healthy}`);
    await page.getByRole("tab", { name: "Attempts" }).waitFor();
    assert.equal(await actions.count(), 0, "endpoint");
    assert.deepEqual(await page.getByRole("tab").allTextContents(), [
      "Attempts",
      "Failed",
      "TLS",
      "Verify",
    ]);
  },
);

pageTest("an operator registers lines and makes no keys", async (opened) => {
  const { page, server, openDashboard } = opened;
  await openDashboard(`/app/${server.app.id}`, await makeKey(opened, "operator"));
  await page.getByRole("table", { name: "Keys" }).waitFor();
  assert.equal(await page.getByRole("button", { name: "Make a key" }).count(), 0);
  assert.equal(await page.getByRole("button", { name: /^Revoke/ }).count(), 0);
  await page.getByRole("tab", { name: "Lines" }).click();
  await page.getByRole("button", { name: "Register a line" }).waitFor();
});
