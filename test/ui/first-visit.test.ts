/** From an empty server to an event that arrived, by mouse and by keyboard, with the clicks counted. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import type { Page } from "playwright-core";
import { call } from "../harness/server.ts";
import { assertGoodLooks } from "./harness/looks.ts";
import { visitTest, type VisitTest } from "./harness/visit-test.ts";
import { assertAccessible } from "./harness/watched-page.ts";

/** Three clicks when the receiver is the one that the page proposes; here its address is typed instead. */
const MOST_CLICKS = 5;

async function openByLink({ page, server }: VisitTest): Promise<void> {
  await page.goto(String(server.dashboardLink));
  await page.getByRole("heading", { name: "Your first event" }).waitFor();
}

const stepNow = (page: Page) => page.locator('[aria-current="step"]');

visitTest("an operator comes from an empty server to a delivered event", async (opened) => {
  const { page, receiver, click, clicks } = opened;
  await openByLink(opened);
  assert.doesNotMatch(page.url(), /key=/, "the key left the address");
  await click(page.getByRole("button", { name: "Make an app" }));
  await stepNow(page).getByRole("heading", { name: "Add an endpoint" }).waitFor();
  await click(page.getByRole("link", { name: "Add another URL" }));
  await page.getByLabel("URL", { exact: true }).fill(`${receiver.url}/hooks`);
  await click(page.getByRole("button", { name: "Add", exact: true }));
  await page.getByRole("heading", { name: /hooks$/ }).waitFor();
  await click(page.getByRole("link", { name: "Overview" }));
  await stepNow(page).getByRole("heading", { name: "Send a test event" }).waitFor();
  await click(page.getByRole("button", { name: "Send a test event" }));
  await page.getByRole("heading", { name: "Your first event arrived." }).waitFor();
  assert.ok(clicks() <= MOST_CLICKS, `${clicks()} clicks`);
  assert.equal(receiver.receipts[0]?.path, "/hooks");
  await page
    .getByText("delivered 200")
    .or(page.getByText("200", { exact: true }))
    .first()
    .waitFor();
  await page.getByText("Every endpoint works.").waitFor();
  const quiet = page.getByText("No event was accepted", { exact: false });
  assert.equal(await quiet.count(), 0, "the counts do not have the first event yet");
  await assertAccessible(page);
  await page.getByRole("region", { name: "Your first event arrived." }).getByRole("button").click();
  await page.getByText("Every endpoint works.").waitFor();
  assert.equal(await page.getByRole("heading", { name: /first event/ }).count(), 0);
  await page.reload();
  await page.getByText("Every endpoint works.").waitFor();
  assert.equal(await page.getByRole("heading", { name: /first event/ }).count(), 0);
});

visitTest("the same way needs no mouse", async (opened) => {
  const { page, receiver } = opened;
  await openByLink(opened);
  await press(page, "Make an app");
  await stepNow(page).getByRole("heading", { name: "Add an endpoint" }).waitFor();
  await press(page, "Add another URL");
  await page.getByLabel("URL", { exact: true }).focus();
  await page.keyboard.type(receiver.url);
  await page.keyboard.press("Enter");
  await page.getByRole("tab", { name: "Test" }).waitFor();
  await page.keyboard.press("g");
  await page.keyboard.press("o");
  await stepNow(page).getByRole("heading", { name: "Send a test event" }).waitFor();
  await press(page, "Send a test event");
  await page.getByRole("heading", { name: "Your first event arrived." }).waitFor();
  assert.equal(receiver.receipts.length, 1);
});

visitTest("steps that others take are ticked off as they become true", async (opened) => {
  const { page, server, receiver } = opened;
  await openByLink(opened);
  const { body: app } = await call(server.url, "POST", "/app", { name: "By the API" });
  await page.getByText("The app is By the API.").waitFor();
  const path = `/app/${String(app["id"])}`;
  await call(server.url, "POST", `${path}/endpoint`, { url: receiver.url });
  await stepNow(page).getByRole("heading", { name: "Send a test event" }).waitFor();
  const message = {
    id: "m-1",
    channel: "sms",
    from: "+12065550188",
    to: "+12065550142",
    text: "Hi",
  };
  await call(server.url, "POST", `${path}/msg`, {
    eventType: "message.received",
    payload: { message },
  });
  await page.getByRole("heading", { name: "Your first event arrived." }).waitFor();
});

visitTest(
  "an event that no receiver takes says so, and the steps can be hidden",
  async (opened) => {
    const { page, server } = opened;
    await openByLink(opened);
    await page.getByRole("button", { name: "Make an app" }).click();
    const trial = page.getByRole("button", { name: "Add http://localhost:9000/" });
    await trial.waitFor();
    const { body } = await call(server.url, "GET", "/app");
    const [app] = body["data"] as readonly { id: string }[];
    const url = `http://127.0.0.1:${await freePort()}/`;
    const made = await call(server.url, "POST", `/app/${String(app?.id)}/endpoint`, { url });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    await page.getByRole("button", { name: "Send a test event" }).click();
    await page.getByText("The receiver did not accept it.").waitFor();
    await page.getByRole("button", { name: "Hide these steps" }).click();
    await page.reload();
    await page
      .getByText("1 endpoint needs you.")
      .or(page.getByText("Every endpoint works."))
      .waitFor();
    assert.equal(await page.getByRole("heading", { name: "Your first event" }).count(), 0);
  },
);

visitTest("a link is good for one session, also while another one lasts", async (opened) => {
  const { page, server, expectProblems } = opened;
  await openByLink(opened);
  await page.goto("about:blank");
  expectProblems(/401/);
  await page.goto(String(server.dashboardLink));
  await page.getByRole("heading", { name: "Your first event" }).waitFor();
  assert.equal(new URL(page.url()).pathname, "/dashboard");
});

visitTest("a link signs in also when the server fails at first", async (opened) => {
  const { page, server, expectProblems } = opened;
  expectProblems(/ERR_CONNECTION_REFUSED/);
  await page.route("**/dashboard/session", (route) => route.abort("connectionrefused"));
  await page.goto(String(server.dashboardLink));
  const failure = page.getByRole("alert").filter({ hasText: "The server does not answer." });
  await failure.waitFor();
  await page.unrouteAll();
  await failure.getByRole("button", { name: "Retry" }).click();
  await page.getByRole("heading", { name: "Your first event" }).waitFor();
});

visitTest("the steps are accessible and fit every width in both themes", async (opened) => {
  const { page } = opened;
  await openByLink(opened);
  await assertGoodLooks(page);
  await page.getByRole("button", { name: "Make an app" }).click();
  await page.getByRole("button", { name: "Add http://localhost:9000/" }).waitFor();
  await assertGoodLooks(page);
});

/** Moves by Tab to the control of this name, and presses Enter. */
async function press(page: Page, name: string): Promise<void> {
  const named = `(document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent).trim()`;
  for (let tabs = 0; tabs < 60; tabs += 1) {
    await page.keyboard.press("Tab");
    if ((await page.evaluate(named)) === name) break;
  }
  await page.keyboard.press("Enter");
}

/** A port without a program. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
