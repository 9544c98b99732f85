/** The TLS settings on the page of an endpoint: set with real certificates, refused at their field, reset. */
import assert from "node:assert/strict";
import { makeAuthority } from "../net/certificates.ts";
import { skipWithoutOpenssl } from "../net/tls-receiver.ts";
import { pageTest } from "./harness/page-test.ts";
import { assertAccessible } from "./harness/watched-page.ts";

if (skipWithoutOpenssl === false) {
  pageTest("a trusted authority is set, shown without secrets, and reset", async (opened) => {
    const { page, server, openDashboard, expectProblems } = opened;
    expectProblems(/422|400/);
    using authority = makeAuthority("Blue Door root");
    const client = authority.issue({ name: "client.example.com" });
    const url = "https://example.com/tls";
    const { id } = await server.api.post(`/app/${server.app.id}/endpoint`, { url });
    await openDashboard(`/app/${server.app.id}/endpoints/${String(id)}?tab=tls`);
    await page.getByText("The public certificate authorities are trusted").waitFor();
    await page.getByLabel("Trusted authorities").fill("not a certificate");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("alert").first().waitFor();
    assert.equal(await page.getByLabel("Trusted authorities").getAttribute("aria-invalid"), "true");
    await page.getByLabel("Trusted authorities").fill(authority.cert);
    await page.getByLabel("Client certificate").fill(client.cert);
    await page.getByLabel("Private key").fill(client.key);
    await page.getByLabel("Least TLS version").selectOption("1.3");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("This endpoint has its own TLS settings.").waitFor();
    await page
      .getByText(/CN=Blue Door root/)
      .first()
      .waitFor();
    await page
      .getByText(/client\.example\.com/)
      .first()
      .waitFor();
    assert.equal(await page.getByLabel("Private key").inputValue(), "");
    await assertAccessible(page);
    await page.getByRole("button", { name: "Reset the TLS settings?" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Reset" }).click();
    await page.getByText("The public certificate authorities are trusted").waitFor();
  });
}

pageTest("the list of endpoints shows the last answer of each", async (opened) => {
  const { page, server, openDashboard } = opened;
  await openDashboard(`/app/${server.app.id}/endpoints`);
  const table = page.getByRole("table", { name: "Endpoints" });
  await table.getByRole("columnheader", { name: "Last answer" }).waitFor();
  const row = table.getByRole("row").filter({ hasText: "The CRM" });
  await row.getByText("200", { exact: true }).waitFor();
  await table
    .getByRole("row")
    .filter({ hasText: "/zipwhip/progress" })
    .getByText("503", { exact: true })
    .waitFor();
});
