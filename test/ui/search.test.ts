/** Search and events in the dashboard: a number leads to its texts, and an event shows its payload. */
import assert from "node:assert/strict";
import { assertGoodLooks } from "./harness/looks.ts";
import { pageTest } from "./harness/page-test.ts";
import { makePortalLink } from "./harness/portal-link.ts";

const NUMBER = "+12065550188";

pageTest(
  "Ctrl-K, a number and Enter: the texts of the number, and one click opens one",
  async (opened) => {
    const { page, server, openDashboard } = opened;
    await openDashboard(`/app/${server.app.id}/texts`);
    await page.keyboard.press("Control+k");
    const box = page.getByPlaceholder("Number, id, words, endpoint…");
    await box.waitFor();
    await page.keyboard.type(NUMBER, { delay: 30 });
    assert.equal(await box.inputValue(), NUMBER);
    await page.getByRole("option", { name: NUMBER }).first().waitFor();
    await page.keyboard.press("Enter");
    await page.waitForURL(/texts\?number=%2B12065550188/);
    const rows = page.getByRole("row").filter({ hasText: NUMBER });
    await rows.first().getByRole("link").click();
    await page.waitForURL(/\/texts\/[^?]+$/);
  },
);

pageTest("the search page finds words in quotes, and leads on to the events", async (opened) => {
  const { page, server, openDashboard } = opened;
  await openDashboard(`/app/${server.app.id}/texts`);
  await openDashboard(`/search?q=${encodeURIComponent('"reminder"')}`);
  await page.getByRole("table", { name: "Hits" }).getByText("Reminder").first().waitFor();
  await page.getByRole("link", { name: "List the events that contain it" }).click();
  await page.getByRole("button", { name: "Contains: reminder" }).waitFor();
  await page.getByRole("table", { name: "Events" }).getByText("message.sent").first().waitFor();
});

pageTest("an event shows its payload, its deliveries and its attempts", async (opened) => {
  const { page, server, openDashboard } = opened;
  await openDashboard(`/app/${server.app.id}/events?contains=Reminder`);
  const row = page.getByRole("table", { name: "Events" }).getByRole("row").nth(1);
  await row.getByRole("link").click();
  await page.getByRole("region", { name: "Payload" }).getByText('"Reminder"').waitFor();
  await page.getByRole("tab", { name: "Deliveries" }).click();
  await page.getByRole("table", { name: "Deliveries" }).getByText("The CRM").waitFor();
  await page.getByRole("tab", { name: "Requests" }).click();
  const requests = page.getByRole("tabpanel", { name: "Requests" });
  await requests.getByText("POST").first().waitFor();
  await requests.getByRole("region", { name: "Body" }).getByText('"Reminder"').waitFor();
  await page.getByRole("tab", { name: "Attempts" }).click();
  await page.getByRole("table", { name: "Attempts" }).getByText("200").first().waitFor();
  assert.match(page.url(), /tab=attempts/);
});

pageTest("an event has its schema, its relatives and its form in each API", async (opened) => {
  const { page, server, openDashboard } = opened;
  const { id: app } = server.app;
  const { api } = server;
  const list = await api.get(`/app/${app}/msg?event_types=optout.changed`);
  const [{ id }] = list["data"] as [{ readonly id: string }];
  await openDashboard(`/app/${app}/events/${id}`);
  await page.getByRole("link", { name: "message.received" }).click();
  await page.getByRole("heading", { name: "message.received" }).waitFor();
  await page.getByText("The payload fits the schema of its type.").waitFor();
  await page.getByRole("link", { name: "optout.changed" }).waitFor();
  await page.getByRole("tab", { name: "APIs" }).click();
  const formOf = (name: string) => page.getByRole("region", { name, exact: true });
  for (const [name, event] of [
    ["Native", "message.received"],
    ["Zipwhip", "message/receive"],
    ["Sendblue", "receive"],
    ["Chirp", "messages.sms.received"],
  ] as const) {
    await formOf(name).getByText(event, { exact: true }).first().waitFor();
    await page.getByRole("region", { name: `Body of ${name}`, exact: true }).waitFor();
  }
  await assertGoodLooks(page);
  await page.goto(`${server.url}/dashboard/app/${app}/events/${id}?tab=apis`);
  await formOf("Chirp").getByText("The API has no such event.").waitFor();
  const schemas = { 1: { required: ["total"] } };
  await api.post("/event-type", { name: "order.paid", description: "Paid", schemas });
  const order = await api.post(`/app/${app}/msg`, { eventType: "order.paid", payload: {} });
  await openDashboard(`/app/${app}/events/${String(order["id"])}`);
  await page.getByText(/^The payload does not fit version 1 of the schema/).waitFor();
  await page.getByText("payload.total is missing.", { exact: true }).waitFor();
  await page.getByRole("tab", { name: "APIs" }).click();
  const unread = "The server does not read such a payload, so only the native API sends it.";
  await formOf("Zipwhip").getByText(unread).waitFor();
});

pageTest(
  "a customer sees the schema and the forms of its event, with ViewBase alone",
  async (opened) => {
    const { page, server } = opened;
    const list = await server.api.get(`/app/${server.app.id}/msg?event_types=optout.changed`);
    const [{ id }] = list["data"] as [{ readonly id: string }];
    const look = `?next=/events/${id}`;
    await page.goto(await makePortalLink(opened, { rights: { readOnly: true }, look }));
    await page.getByText("The payload fits the schema of its type.").waitFor();
    await page.getByRole("tab", { name: "APIs" }).click();
    await page.getByRole("region", { name: "Body of Zipwhip", exact: true }).waitFor();
    await page.getByRole("link", { name: "message.received" }).click();
    await page.getByRole("heading", { name: "message.received" }).waitFor();
    assert.match(page.url(), /\/portal\/events\/msg_/);
  },
);

pageTest(
  "search and events are accessible and fit every width in both themes",
  async ({ page, server, openDashboard }) => {
    const { id: app } = server.app;
    await openDashboard(`/app/${app}/events`);
    const events = page.getByRole("table", { name: "Events" });
    await events.getByRole("link").first().waitFor();
    await assertGoodLooks(page);
    await events.getByRole("link").first().click();
    await page.getByRole("region", { name: "Payload" }).waitFor();
    await assertGoodLooks(page);
    await openDashboard(`/search?q=${encodeURIComponent(NUMBER)}`);
    await page.getByRole("table", { name: "Hits" }).getByText("Text").first().waitFor();
    await assertGoodLooks(page);
  },
);
