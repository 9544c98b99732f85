/** Tasks of the pages by the keyboard alone, and the keys of a chosen row. */
import assert from "node:assert/strict";
import type { Locator, Page } from "playwright-core";
import { pageTest } from "./harness/page-test.ts";
import { makePortalLink } from "./harness/portal-link.ts";
import { waitUntil } from "./harness/wait-until.ts";

const MOST_TABS = 80;
const BOX = "Number, id, words, endpoint…";

/** Presses Tab until the part has the focus, which must be visible. */
async function tabTo(page: Page, part: Locator): Promise<void> {
  await part.waitFor();
  for (let pressed = 0; pressed < MOST_TABS; pressed += 1) {
    if (await isFocused(part))
      return assert.ok(await isOutlined(part), `${part.toString()} shows no focus`);
    await page.keyboard.press("Tab");
  }
  assert.fail(`${MOST_TABS} times Tab do not reach ${part.toString()}`);
}

async function isFocused(part: Locator): Promise<boolean> {
  return await part.evaluate((one) => one === one.ownerDocument.activeElement);
}

/** An outline of the part, or of the layer that it draws over its row. */
async function isOutlined(part: Locator): Promise<boolean> {
  return await part.evaluate((one) =>
    [null, "::after"].some(
      (pseudo) =>
        one.ownerDocument.defaultView?.getComputedStyle(one, pseudo).outlineStyle !== "none",
    ),
  );
}

/** Moves the focus with an arrow until the part has it, as in lists of tabs and menus. */
async function arrowTo(page: Page, key: string, part: Locator): Promise<void> {
  await part.waitFor();
  for (let pressed = 0; pressed < MOST_TABS; pressed += 1) {
    if (await isFocused(part)) return;
    await page.keyboard.press(key);
  }
  assert.fail(`${MOST_TABS} times ${key} do not reach ${part.toString()}`);
}

const copiedText = (page: Page): Promise<unknown> =>
  page.evaluate("navigator.clipboard.readText()");

pageTest("by keyboard: a number leads to its texts, and to one of them", async (opened) => {
  const { page, server, openDashboard } = opened;
  await openDashboard(`/app/${server.app.id}/texts`);
  await page.keyboard.press("/");
  await page.getByPlaceholder(BOX).waitFor();
  await page.keyboard.type("+12065550188");
  await page.getByRole("option", { name: "+12065550188" }).first().waitFor();
  await page.keyboard.press("Enter");
  await page.waitForURL(/texts\?number=%2B12065550188/);
  await waitUntil(
    page,
    `[...document.querySelectorAll("tbody tr")].every((row) => row.textContent.includes("+12065550188"))`,
  );
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/texts\/[^?]+$/);
  // The list stays until the page of the text is loaded.
  await page.getByRole("table", { name: "Events of the text and their deliveries" }).waitFor();
  await page.keyboard.press("Escape");
  await page.waitForURL(/\/texts$/);
});

pageTest("by keyboard: a test event is sent and its answer read", async (opened) => {
  const { page, server, openDashboard } = opened;
  await openDashboard(`/app/${server.app.id}/endpoints/${server.app.healthy}`);
  await tabTo(page, page.getByRole("button", { name: "Send test" }));
  await page.keyboard.press("Enter");
  await tabTo(page, page.getByRole("button", { name: "Send", exact: true }));
  await page.keyboard.press("Enter");
  await page.getByRole("region", { name: "Answer" }).getByText("200").waitFor();
});

pageTest("by keyboard: a secret is rotated and the new one copied", async (opened) => {
  const { page, server, openDashboard } = opened;
  await openDashboard(`/app/${server.app.id}/endpoints/${server.app.healthy}`);
  await tabTo(page, page.getByRole("tab").first());
  await arrowTo(page, "ArrowRight", page.getByRole("tab", { name: "Secret" }));
  await page.keyboard.press("Enter");
  await tabTo(page, page.getByRole("button", { name: "Show the secret" }));
  await page.keyboard.press("Enter");
  const secret = page.getByRole("button", { name: /^Copy whsec_/ });
  const before = await secret.getAttribute("title");
  await tabTo(page, page.getByRole("button", { name: "Rotate" }));
  await page.keyboard.press("Enter");
  await page.getByText("The secret is rotated.").first().waitFor();
  await waitUntil(
    page,
    `document.querySelector('button[title^="whsec_"]')?.title !== ${JSON.stringify(before)}`,
  );
  await tabTo(page, secret);
  await page.keyboard.press("Enter");
  await waitUntil(page, `navigator.clipboard.readText().then((text) => text.startsWith("whsec_"))`);
  assert.equal(await copiedText(page), await secret.getAttribute("title"));
});

pageTest("by keyboard: an endpoint is paused and resumed", async (opened) => {
  const { page, server, openDashboard } = opened;
  await openDashboard(`/app/${server.app.id}/endpoints/${server.app.paused}`);
  await tabTo(page, page.getByRole("button", { name: "Pause", exact: true }));
  await page.keyboard.press("Enter");
  await page.getByText("Paused. Its deliveries wait").waitFor();
  await tabTo(page, page.getByRole("button", { name: "Resume" }));
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Pause", exact: true }).waitFor();
});

pageTest("by keyboard: a disabled endpoint is enabled and gets what it missed", async (opened) => {
  const { page, server, openDashboard } = opened;
  await openDashboard(`/app/${server.app.id}/endpoints/${server.app.disabled}`);
  await tabTo(page, page.getByRole("button", { name: "Enable and send missed" }));
  await page.keyboard.press("Enter");
  await page.getByText("A task sends the missed events.").first().waitFor();
});

pageTest("by keyboard: a read-only link to the portal for a day", async (opened) => {
  const { page, openDashboard } = opened;
  await openDashboard("/system");
  await page.keyboard.press("g");
  await page.keyboard.press("a");
  await tabTo(page, page.getByRole("button", { name: /^Portal link for / }).first());
  await page.keyboard.press("Enter");
  await tabTo(page, page.getByRole("button", { name: "Copy link", exact: true }));
  await page.keyboard.press("Enter");
  await page.getByText("The link is copied.", { exact: true }).waitFor();
  assert.match(String(await copiedText(page)), /\/portal\/login#key=applink_/);
});

pageTest("by keyboard: an endpoint is added", async (opened) => {
  const { page, server, openDashboard } = opened;
  await openDashboard(`/app/${server.app.id}/endpoints`);
  await tabTo(page, page.getByRole("link", { name: "Add endpoint" }));
  await page.keyboard.press("Enter");
  await tabTo(page, page.getByLabel("URL"));
  await page.keyboard.type("https://example.com/by-keyboard");
  await tabTo(page, page.getByRole("button", { name: "Add", exact: true }));
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "example.com/by-keyboard" }).waitFor();
});

pageTest(
  "c copies the link of the chosen row, and without one that of the page",
  async (opened) => {
    const { page, server, openDashboard } = opened;
    await openDashboard(`/app/${server.app.id}/events?tag=`);
    await page.getByRole("table", { name: "Events" }).waitFor();
    await page.keyboard.press("c");
    await page.getByText("The link is copied.", { exact: true }).first().waitFor();
    assert.equal(await copiedText(page), page.url());
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    const href = await page.evaluate("document.activeElement.href");
    assert.match(String(href), /\/events\/msg_/);
    await page.keyboard.press("c");
    await waitUntil(
      page,
      `navigator.clipboard.readText().then((text) => text === ${JSON.stringify(href)})`,
    );
  },
);

pageTest("r sends the chosen row again, and says when none is chosen", async (opened) => {
  const { page, server, openDashboard } = opened;
  const { id: app, healthy } = server.app;
  await openDashboard(`/app/${app}/endpoints/${healthy}`);
  await page.getByRole("table", { name: "Attempts" }).getByRole("link").first().waitFor();
  await page.keyboard.press("r");
  await page.getByText("No row is chosen.").first().waitFor();
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.waitForURL(/attempt=atmpt_/);
  const msg = page.getByRole("complementary").getByRole("button", { name: /^Copy msg_/ });
  const id = String(await msg.getAttribute("title"));
  const attempts = async (): Promise<number> => {
    const path = `/app/${app}/attempt/msg/${id}?endpoint_id=${healthy}`;
    return ((await server.api.get(path)) as { readonly data: readonly unknown[] }).data.length;
  };
  const before = await attempts();
  await page.keyboard.press("r");
  await page.getByText("The delivery is due now.", { exact: true }).first().waitFor();
  for (const deadline = performance.now() + 10_000; (await attempts()) <= before;) {
    assert.ok(performance.now() < deadline, "there is a further attempt");
    await page.waitForTimeout(50);
  }
});

pageTest("r on a text opens its menu, and Escape goes back a step at a time", async (opened) => {
  const { page, server, openDashboard } = opened;
  await openDashboard(`/app/${server.app.id}/texts?state=waiting,retrying`);
  await page.getByRole("table", { name: "Texts" }).getByRole("link").first().waitFor();
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Send again" }).waitFor();
  await page.keyboard.press("r");
  await page.getByRole("menuitem", { name: /^To / }).first().waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("menuitem").first().waitFor({ state: "hidden" });
  await page.keyboard.press("?");
  const keys = page.getByRole("dialog", { name: "Keys" });
  for (const name of ["Send again", "Copy link", "Back to the list"]) {
    await keys.getByText(name, { exact: true }).waitFor();
  }
  await page.keyboard.press("Escape");
  await keys.waitFor({ state: "hidden" });
  assert.match(page.url(), /\/texts\/[^/?]+/);
  await page.keyboard.press("Escape");
  await page.waitForURL(/\/texts$/);
});

pageTest("the portal has the palette, the search and the keys of rows", async (opened) => {
  const { page } = opened;
  await page.goto(await makePortalLink(opened));
  await page.getByRole("main").getByText("/crm").first().waitFor();
  await page.keyboard.press("Control+k");
  await page.getByPlaceholder(BOX).fill("+12065550188");
  await page.getByRole("option", { name: "+12065550188" }).first().waitFor();
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/portal\/texts\?number=%2B12065550188/);
  await page.getByRole("table", { name: "Texts" }).waitFor();
  await page.keyboard.press("/");
  await page.getByPlaceholder(BOX).fill('"reminder"');
  await page.getByRole("option", { name: "Search for" }).waitFor();
  await page.keyboard.press("ArrowUp");
  await page.getByPlaceholder(BOX).fill("search");
  await page.getByRole("option", { name: "Search", exact: true }).click();
  await page.waitForURL(/\/portal\/search/);
});

pageTest("m, z and p change the view of the portal, as their buttons do", async (opened) => {
  const { page, server } = opened;
  await page.goto(await makePortalLink(opened, { look: "?next=/texts" }));
  const texts = page.getByRole("table", { name: "Texts" });
  await texts.getByText("+12065550188").first().waitFor();
  await page.keyboard.press("m");
  await page.getByRole("button", { name: "Numbers and texts are masked", pressed: true }).waitFor();
  await texts.getByText("+1206•••0188").first().waitFor();
  assert.equal(await texts.getByText("+12065550188").count(), 0);
  await page.getByRole("button", { name: "Numbers and texts are masked" }).click();
  await texts.getByText("+12065550188").first().waitFor();
  await page.keyboard.press("z");
  await page.getByRole("button", { name: "Time zone: UTC", exact: true }).waitFor();
  await page.keyboard.press("p");
  await page.getByRole("button", { name: "Paused", pressed: false }).waitFor();
  assert.ok(page.url().startsWith(`${server.url}/portal`));
});
