/** The page of operational webhooks: an endpoint is added, gets an event, is changed, and deleted. */
import assert from "node:assert/strict";
import { startReceiver } from "../harness/receiver.ts";
import { assertGoodLooks } from "./harness/looks.ts";
import { pageTest } from "./harness/page-test.ts";

const AT = "/operational-webhooks";

pageTest(
  "operational webhooks are accessible and fit every width in both themes",
  async ({ page, server, openDashboard }) => {
    await server.api.post("/operational-webhook/endpoint", {
      url: `https://example.com/${"long".repeat(40)}`,
      eventTypes: ["endpoint.disabled", "message.attempt.exhausted"],
      disabled: true,
    });
    await openDashboard(AT);
    await page.getByRole("table", { name: "Operational webhooks" }).waitFor();
    await assertGoodLooks(page);
    await page.getByRole("button", { name: "Add an endpoint" }).click();
    await page.getByRole("dialog").waitFor();
    await assertGoodLooks(page);
  },
);

pageTest("an endpoint is added, hears of a change, is edited, and is deleted", async (opened) => {
  const { page, server, openDashboard, expectProblems } = opened;
  expectProblems(/422|400/);
  const heard = Promise.withResolvers<string>();
  await using receiver = await startReceiver(({ body }, response) => {
    heard.resolve(body);
    response.writeHead(200).end();
  });
  await openDashboard(AT);
  await page.getByRole("button", { name: "Add an endpoint" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("URL").fill("http://10.0.0.1/");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.getByRole("alert").waitFor();
  await dialog.getByLabel("URL").fill(`${receiver.url}/operations`);
  await dialog.getByLabel("endpoint.created").check();
  await dialog.getByRole("button", { name: "Save" }).click();
  const row = page.getByRole("row").filter({ hasText: "/operations" });
  await row.getByText("endpoint.created").waitFor();
  const url = "https://example.com/reported";
  const { id } = await server.api.post(`/app/${server.app.id}/endpoint`, { url });
  const event = JSON.parse(await heard.promise) as { type: string; data: { endpointId: string } };
  assert.deepEqual([event.type, event.data.endpointId], ["endpoint.created", id]);
  await row.getByRole("button", { name: /^Secret of/ }).click();
  await dialog.getByText(/^whsec_/).waitFor();
  await page.keyboard.press("Escape");
  await row.getByRole("button", { name: /^Edit/ }).click();
  await dialog.getByLabel("endpoint.created").uncheck();
  await dialog.getByLabel("Disabled", { exact: true }).check();
  await dialog.getByRole("button", { name: "Save" }).click();
  await row.getByText("disabled", { exact: true }).waitFor();
  await row.getByText("all", { exact: true }).waitFor();
  await row.getByRole("button", { name: /^Delete/ }).click();
  await dialog.getByRole("button", { name: "Delete" }).click();
  await row.waitFor({ state: "detached" });
});

pageTest("a viewer sees the endpoints and no button", async ({ page, server, openDashboard }) => {
  await server.api.post("/operational-webhook/endpoint", { url: "https://example.com/seen" });
  const made = await server.api.post("/operator-key", { name: "Vic", role: "viewer" });
  await openDashboard(AT, String(made["key"]));
  await page.getByText("https://example.com/seen").waitFor();
  assert.equal(await page.getByRole("button", { name: /^(?:Add|Edit|Delete|Secret)/ }).count(), 0);
});
