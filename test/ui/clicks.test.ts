/** Tasks in few clicks, counted from the start of the portal or the overview. Other files count further tasks. */
import assert from "node:assert/strict";
import type { Locator } from "playwright-core";
import { pageTest, type PageTest } from "./harness/page-test.ts";
import { makePortalLink } from "./harness/portal-link.ts";
import { waitUntil } from "./harness/wait-until.ts";

type Counted = {
  readonly click: (target: Locator) => Promise<void>;
  readonly clicks: () => number;
};

function countClicks(): Counted {
  let count = 0;
  return {
    click: async (target) => {
      count += 1;
      await target.click();
    },
    clicks: () => count,
  };
}

async function openStart(opened: PageTest): Promise<Locator> {
  await opened.page.goto(await makePortalLink(opened));
  const table = opened.page.getByRole("table", { name: "Endpoints" });
  await table.waitFor();
  return table;
}

pageTest("a secret is rotated and the new one copied in four clicks", async (opened) => {
  const { page, server } = opened;
  const path = `/app/${server.app.id}/endpoint/${server.app.healthy}/secret`;
  const { key: before } = await server.api.get(path);
  const endpoints = await openStart(opened);
  const { click, clicks } = countClicks();
  await click(endpoints.getByText("The CRM"));
  await click(page.getByRole("tab", { name: "Secret" }));
  await click(page.getByRole("button", { name: "Rotate" }));
  await click(page.getByRole("button", { name: /^Copy whsec_/ }));
  assert.equal(clicks(), 4);
  const { key } = await server.api.get(path);
  assert.notEqual(key, before);
  await waitUntil(
    page,
    `navigator.clipboard.readText().then((text) => text === ${JSON.stringify(key)})`,
  );
});

pageTest("an endpoint of any API is paused in two clicks", async (opened) => {
  const { page } = opened;
  for (const name of ["The CRM", "/zipwhip/receive", "/sendblue", "/chirp"]) {
    const endpoints = await openStart(opened);
    const { click, clicks } = countClicks();
    await click(endpoints.getByText(name));
    await page.getByRole("tab", { name: "Attempts" }).waitFor();
    await click(page.getByRole("button", { name: "Pause", exact: true }));
    await page.getByText("Paused. Its deliveries wait").waitFor();
    assert.equal(clicks(), 2, name);
    await page.getByRole("button", { name: "Resume" }).click();
    await page.getByRole("button", { name: "Pause", exact: true }).waitFor();
  }
});

pageTest("a disabled endpoint is enabled and gets what it missed in two clicks", async (opened) => {
  const { page } = opened;
  const endpoints = await openStart(opened);
  const { click, clicks } = countClicks();
  await click(endpoints.getByText("An archive that was given up"));
  await click(page.getByRole("button", { name: "Enable and send missed" }));
  await page.getByText("A task sends the missed events.").first().waitFor();
  assert.equal(clicks(), 2);
});

pageTest(
  "a number that is pasted on the overview says in which app it is searched",
  async (opened) => {
    const { page, server, openDashboard } = opened;
    const number = "+12065550188";
    const hits = page.getByRole("table", { name: "Hits" });
    await openDashboard("/");
    await page.keyboard.press("Control+k");
    await page.getByPlaceholder("Number, id, words, endpoint…").waitFor();
    await page.keyboard.type(number);
    await page.getByRole("option", { name: `Search for ${number}` }).click();
    await page.getByText("Numbers, words and publishers' ids are found in one app.").waitFor();
    await page.getByRole("button", { name: /^App/ }).click();
    await page.keyboard.type(server.app.name);
    await page.getByRole("option", { name: server.app.name }).first().waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("table", { name: "Texts" }).waitFor();
    await openDashboard(`/search?q=${encodeURIComponent(number)}`);
    await hits.getByRole("link").filter({ hasText: "Number" }).first().waitFor();
    await page
      .getByText(`Numbers, words and publishers' ids are those of ${server.app.name}.`)
      .waitFor();
  },
);

pageTest("an app beyond the first hundred is found by its beginning", async (opened) => {
  const { page, server, openDashboard } = opened;
  await page.route("**/api/v1/app?*", async (route) => {
    const url = new URL(route.request().url());
    const response = await route.fetch();
    const json = (await response.json()) as { data: readonly object[] };
    const isFirst = url.searchParams.get("q") === null;
    await route.fulfill({ response, json: isFirst ? { ...json, data: [], done: false } : json });
  });
  await openDashboard("/search");
  await page.getByRole("button", { name: /^App/ }).click();
  await page.getByPlaceholder("Name or uid").fill(server.app.name.slice(0, 6));
  await page.getByRole("option", { name: server.app.name }).click();
  await page.waitForURL(new RegExp(`/app/${server.app.id}/texts`));
});

pageTest("a customer reads about its endpoint without the server's words", async (opened) => {
  const { page } = opened;
  const endpoints = await openStart(opened);
  await endpoints.getByText("keeps failing, 503").first().waitFor();
  await endpoints.getByText("/zipwhip/progress").click();
  await page.getByText("It keeps failing (503), so it gets one attempt at a time").waitFor();
  assert.doesNotMatch(await page.getByRole("main").innerText(), /breaker|probe/i);
});
