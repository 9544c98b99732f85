/**
 * Searches that end early: the page says how far they came, keeps the found rows, and goes on by a button. The server of
 * the test has few rows and always comes to the end, so its answers are divided on their way to the page.
 */
import assert from "node:assert/strict";
import type { Route } from "playwright-core";
import { pageTest, type PageTest } from "./harness/page-test.ts";

const GO_ON = "Search further back";
const SEARCHED_TO = "2026-05-06T14:03:00.000Z";
type Answer = Record<string, unknown>;

/** Shows the first `shown` rows of `field`, and the others once the page goes on by the iterator. */
async function divide(
  { page }: PageTest,
  path: string,
  { field = "data", shown }: { readonly field?: string; readonly shown: number },
): Promise<void> {
  const isMeant = (url: URL): boolean => url.pathname.endsWith(path);
  await page.route(isMeant, async (route: Route) => {
    const url = new URL(route.request().url());
    const isFirst = url.searchParams.get("iterator") === null;
    url.searchParams.delete("iterator");
    const response = await route.fetch({ url: url.href });
    const whole = (await response.json()) as Answer;
    const rows = whole[field] as readonly unknown[];
    const end = { searchedTo: null, iterator: null, done: true };
    const early = {
      searchedTo: SEARCHED_TO,
      iterator: "msg_2srOrx2ZWZBpBUvZwXKQmoEYga1",
      done: false,
    };
    const part = isFirst ? rows.slice(0, shown) : rows.slice(shown);
    await route.fulfill({
      response,
      json: { ...whole, ...(isFirst ? early : end), [field]: part },
    });
  });
}

/** The strip, its button, and the strip gone after the rest has come. */
async function goOn({ page }: PageTest, sentence: RegExp, name = GO_ON): Promise<void> {
  const strip = page.getByRole("status").filter({ hasText: sentence });
  await strip.getByRole("button", { name }).click();
  await strip.waitFor({ state: "hidden" });
}

pageTest("a text shows its first events, and the later ones when asked", async (opened) => {
  const { page, server, openDashboard } = opened;
  const { data } = await server.api.get(`/app/${server.app.id}/text?state=waiting,retrying`);
  const [{ id }] = data as [{ readonly id: string }];
  const whole = await server.api.get(`/app/${server.app.id}/text/${id}`);
  const { length } = whole["events"] as readonly unknown[];
  await divide(opened, `/text/${id}`, { field: "events", shown: 1 });
  await openDashboard(`/app/${server.app.id}/texts/${id}`);
  const rows = page.getByRole("table", { name: "Events of the text" }).locator("tbody tr");
  await rows.first().waitFor();
  assert.equal(await rows.count(), 1);
  await goOn(opened, /^Events after .*16:03.* were not searched\./, "Show later events");
  assert.equal(await rows.count(), length);
});

pageTest(
  "the search keeps its hits and goes on, on its page and in the palette",
  async (opened) => {
    const { page, server, openDashboard } = opened;
    await divide(opened, `/app/${server.app.id}/search`, { shown: 1 });
    await openDashboard(`/app/${server.app.id}/texts`);
    await page.goto(`${server.url}/dashboard/search?q=${encodeURIComponent('"reminder"')}`);
    const rows = page.getByRole("table", { name: "Hits" }).locator("tbody tr");
    await rows.first().waitFor();
    assert.equal(await rows.count(), 1);
    await goOn(opened, /^Searched back to .*16:03/);
    assert.ok((await rows.count()) > 1);
    await page.getByRole("columnheader", { name: "App" }).waitFor();
    await rows.first().getByText(server.app.name).waitFor();
    await openDashboard(`/app/${server.app.id}/texts`);
    await page.keyboard.press("Control+k");
    await page.getByPlaceholder("Number, id, words, endpoint…").waitFor();
    await page.keyboard.type('"reminder"');
    const options = page.getByRole("option");
    const more = options.filter({ hasText: GO_ON });
    await more.getByText(/Searched back to .*16:03/).waitFor();
    const before = await options.count();
    await more.click();
    await more.waitFor({ state: "detached" });
    assert.ok((await options.count()) > before, "the rest is in the place of the button");
  },
);

pageTest("each list of a scan goes on, also when its first part found nothing", async (opened) => {
  const { page, server, openDashboard } = opened;
  const app = `/app/${server.app.id}`;
  const attempts = `${app}/attempt/endpoint/${server.app.healthy}`;
  for (const [path, read, label] of [
    [`${app}/texts`, `${app}/text`, "Texts"],
    [`${app}/events?contains=a`, `${app}/msg`, "Events"],
  ] as const) {
    await divide(opened, read, { shown: 0 });
    await openDashboard(path);
    await page.getByRole("status").filter({ hasText: "Searched back to" }).waitFor();
    assert.equal(await page.locator("[data-state=empty]").count(), 0, "nothing is claimed");
    await goOn(opened, /^Searched back to/);
    await page.getByRole("table", { name: label }).getByRole("link").first().waitFor();
  }
  await page.route(
    (url) => url.pathname.endsWith(attempts),
    async (route) => {
      const url = new URL(route.request().url());
      url.searchParams.delete("iterator");
      const response = await route.fetch({ url: url.href });
      const { searchedTo: _none, ...json } = (await response.json()) as Answer;
      const isFirst = !route.request().url().includes("iterator=");
      const empty = {
        ...json,
        data: [],
        done: false,
        iterator: "atmpt_2srOrx2ZWZBpBUvZwXKQmoEYga1",
      };
      await route.fulfill({ response, json: isFirst ? empty : json });
    },
  );
  await page.goto(`${server.url}/dashboard${app}/endpoints/${server.app.healthy}`);
  await page.getByRole("button", { name: "Load more" }).click();
  await page.getByRole("table", { name: "Attempts" }).getByText("200").first().waitFor();
});

pageTest("an unknown text leads on to the search for its id", async (opened) => {
  const { page, server, openDashboard, expectProblems } = opened;
  expectProblems(/404/);
  await openDashboard(`/app/${server.app.id}/texts/m-unknown`);
  await page.getByText('There is no text "m-unknown"').waitFor();
  await page.getByRole("link", { name: "Search for m-unknown" }).click();
  await page.waitForURL(/search\?q=m-unknown/);
});
