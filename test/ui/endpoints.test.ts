/** The pages about endpoints: their health at once, and each task within its clicks. */
import assert from "node:assert/strict";
import type { Locator } from "playwright-core";
import { assertFits, assertGoodLooks } from "./harness/looks.ts";
import { pageTest } from "./harness/page-test.ts";
import { waitUntil } from "./harness/wait-until.ts";

/** A line of the smallest letters is higher. */
const LINE_PX = 12;
/** A URL that is not cut is wider. */
const CUT_PX = 120;

pageTest(
  "overview, endpoints and endpoint are accessible and fit every width in both themes",
  async ({ page, server, openDashboard }) => {
    const at = `/app/${server.app.id}/endpoints`;
    await openDashboard("/");
    await page.getByRole("heading", { name: "Needs attention" }).waitFor();
    await page.getByRole("figure", { name: "Attempts" }).waitFor();
    await assertGoodLooks(page);
    for (const path of [at, `${at}/${server.app.healthy}`, `${at}/new`]) {
      await openDashboard(path);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await assertGoodLooks(page);
    }
    for (const tab of ["Failed", "Missed", "Test", "Settings", "TLS", "Secret"]) {
      await openDashboard(`${at}/${server.app.healthy}`);
      await page.getByRole("tab", { name: tab }).click();
      await page.getByRole("tabpanel").waitFor();
      await assertFits(page);
    }
    await assertGoodLooks(page);
  },
);

pageTest(
  "an endpoint has its URL in one line on a tablet, beside all its columns",
  async ({ page, openDashboard }) => {
    await openDashboard("/endpoints");
    const url = page.getByRole("table", { name: "Endpoints" }).getByText("/zipwhip/progress");
    const box = await url.boundingBox();
    assert.ok(box !== null && box.height < 2 * LINE_PX, `${box?.height} px high`);
    assert.ok(box.width > CUT_PX, `${box.width} px wide`);
  },
  { width: 768 },
);

pageTest(
  "the overview says without a click which endpoint is not well, since when, and what waits",
  async (opened) => {
    const { page, openDashboard } = opened;
    await openDashboard("/");
    await page.getByText(/\d endpoints? needs? you\./).waitFor();
    const row = page.getByRole("row").filter({ hasText: "breaker open, 503" });
    await row.getByRole("time").or(row.locator("time")).first().waitFor();
    const waiting = Number(await row.getByRole("cell").nth(3).textContent());
    assert.ok(waiting > 0);
    for (const part of ["Accept", "Wait", "Receiver"]) {
      await page.getByRole("term").filter({ hasText: part }).waitFor();
    }
  },
);

pageTest(
  "the worst endpoint is the first of the list, and a filter is in the address",
  async (opened) => {
    const { page, openDashboard } = opened;
    await openDashboard("/endpoints");
    const first = page.getByRole("table", { name: "Endpoints" }).getByRole("row").nth(1);
    await first.getByText(/breaker open/).waitFor();
    await page.getByRole("button", { name: "Health" }).click();
    await page.getByRole("button", { name: "disabled" }).click();
    await page.getByText("An archive that was given up").waitFor();
    assert.match(page.url(), /health=disabled/);
    // The rows of the former filter stay until the new ones are loaded.
    await page
      .getByText(/breaker open/)
      .first()
      .waitFor({ state: "hidden" });
  },
);

pageTest("an endpoint is paused within two clicks, and resumed", async (opened) => {
  const { page, server, openDashboard } = opened;
  await openDashboard(`/app/${server.app.id}/endpoints/${server.app.healthy}`);
  await page.getByText(/^Working\./).waitFor();
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  await page.getByText("Paused. Its deliveries wait").waitFor();
  await page.getByRole("button", { name: "Resume" }).click();
  await page.getByText(/^Working\./).waitFor();
});

pageTest("a test event is sent and its answer shown within three clicks", async (opened) => {
  const { page, server, openDashboard } = opened;
  await openDashboard(`/app/${server.app.id}/endpoints/${server.app.healthy}`);
  await page.getByRole("button", { name: "Send test" }).click();
  const payload = page.getByLabel("Payload");
  const example = await payload.inputValue();
  assert.match(example, /"message"/);
  await payload.fill("{ no");
  await page.getByText("This is not JSON: line 1, column").waitFor();
  await payload.fill(example);
  await page.getByRole("button", { name: "Send", exact: true }).click();
  const answer = page.getByRole("region", { name: "Answer" });
  await answer.getByText("200").waitFor();
  await answer.getByText("ok", { exact: true }).waitFor();
});

pageTest("an answer opens beside its attempt with a link of its own", async (opened) => {
  const { page, server, openDashboard } = opened;
  await openDashboard(`/app/${server.app.id}/endpoints/${server.app.healthy}`);
  await page.getByRole("table", { name: "Attempts" }).getByRole("link").first().click();
  await page.getByRole("complementary", { name: "Attempt" }).getByText("200").waitFor();
  assert.match(page.url(), /attempt=atmpt_/);
});

pageTest("a secret is rotated within four clicks, and the new one copied", async (opened) => {
  const { page, server, openDashboard } = opened;
  await openDashboard(`/app/${server.app.id}/endpoints/${server.app.healthy}`);
  await page.getByRole("tab", { name: "Secret" }).click();
  await page.getByRole("button", { name: "Show the secret" }).click();
  const secret = page.getByRole("button", { name: /^Copy whsec_/ });
  const before = await secret.getAttribute("title");
  await page.getByRole("button", { name: "Rotate" }).click();
  await page.getByText("The secret is rotated.").first().waitFor();
  await waitUntil(
    page,
    `document.querySelector('button[title^="whsec_"]')?.title !== ${JSON.stringify(before)}`,
  );
  await secret.click();
  const copied = await page.evaluate("navigator.clipboard.readText()");
  assert.equal(copied, await secret.getAttribute("title"));
});

pageTest(
  "an endpoint is added with its URL alone, and a refusal stands at its field",
  async (opened) => {
    const { page, server, openDashboard, expectProblems } = opened;
    expectProblems(/422|400/);
    await openDashboard(`/app/${server.app.id}/endpoints`);
    await page.getByRole("link", { name: "Add endpoint" }).click();
    const url = page.getByLabel("URL");
    await url.fill("http://10.0.0.1/");
    await page.getByRole("button", { name: "Check this URL" }).click();
    await page.getByText("This address is not allowed.").waitFor();
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByRole("alert").first().waitFor();
    assert.equal(await url.getAttribute("aria-invalid"), "true");
    await url.fill("https://example.com/added");
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByRole("heading", { name: "example.com/added" }).waitFor();
  },
);

pageTest(
  "a disabled endpoint is enabled and gets what it missed within three clicks",
  async (opened) => {
    const { page, server, openDashboard } = opened;
    await openDashboard(`/app/${server.app.id}/endpoints/${server.app.disabled}`);
    await page.getByText("Disabled. No deliveries are made for it").waitFor();
    await page.getByRole("button", { name: "Enable and send missed" }).click();
    await page.getByText("A task sends the missed events.").first().waitFor();
    await page.getByText(/^Working\./).waitFor();
  },
);

pageTest(
  "an endpoint is added from the overview within three clicks, URL and type",
  async (opened) => {
    const { page, server, openDashboard } = opened;
    const { name } = server.app;
    await openDashboard("/");
    let clicks = 0;
    const click = async (target: Locator): Promise<void> => {
      clicks += 1;
      await target.click();
    };
    await click(page.getByRole("link", { name: "Endpoints", exact: true }));
    await click(page.getByRole("button", { name: "Add endpoint" }));
    await page.getByPlaceholder("Name or uid").waitFor();
    await page.keyboard.type(name);
    await page.getByRole("option", { name: name }).first().waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: `Add endpoint to ${name}` }).waitFor();
    await page.keyboard.type("https://example.com/three-clicks");
    assert.equal(await page.getByLabel("URL").inputValue(), "https://example.com/three-clicks");
    await click(page.getByLabel("message.received", { exact: true }));
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "example.com/three-clicks" }).waitFor();
    assert.ok(clicks <= 3, `${clicks} clicks`);
    const list = (await server.api.get(`/app/${server.app.id}/endpoint?limit=250`)) as {
      data: readonly { url: string; filterTypes: readonly string[] | null }[];
    };
    const made = list.data.find(({ url }) => url === "https://example.com/three-clicks");
    assert.deepEqual(made?.filterTypes, ["message.received"]);
    // The app was chosen by opening its page, so now the link leads to the form itself.
    await page.getByRole("link", { name: "Endpoints", exact: true }).first().click();
    await page.getByRole("link", { name: `Add endpoint · ${name}` }).click();
    await page.waitForURL(`**/app/${server.app.id}/endpoints/new`);
  },
);
