/**
 * Every list of both faces without anything in it: it names the things that would be here, and offers the one thing
 * to do. Where there is nothing to do, it says when something appears.
 */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { call } from "../harness/server.ts";
import { settle } from "./harness/listed-pages.ts";
import { assertGoodLooks } from "./harness/looks.ts";
import { openDashboard } from "./harness/open-dashboard.ts";
import { visitTest } from "./harness/visit-test.ts";

type Empty = {
  readonly path: string;
  readonly says: string;
  /** The name of the button or link; null where a person can do nothing. */
  readonly offers: string | null;
};

const OF_SERVER: readonly Empty[] = [
  { path: "/apps", says: "There are no apps yet.", offers: "Make an app" },
  { path: "/endpoints", says: "No endpoint yet.", offers: "Choose an app" },
  { path: "/failed", says: "No delivery has failed for good.", offers: null },
  { path: "/tasks", says: "No task has run yet.", offers: "See failed deliveries" },
  { path: "/refused", says: "This node has refused no publish since its start.", offers: null },
  { path: "/audit", says: "Nothing was changed yet.", offers: null },
  {
    path: "/operator-keys",
    says: "There are no operator keys.",
    offers: "Make an operator key",
  },
  {
    path: "/operational-webhooks",
    says: "No endpoint gets operational events.",
    offers: "Add an endpoint",
  },
  { path: "/search?q=nothing", says: "Nothing has this name.", offers: null },
];
const OF_APP: readonly Empty[] = [
  { path: "/endpoints", says: "No endpoint yet.", offers: "Add endpoint" },
  { path: "/texts", says: "No texts yet.", offers: "Send a test from an endpoint" },
  { path: "/events", says: "No events yet.", offers: "Send a test from an endpoint" },
  { path: "/tasks", says: "No task has run yet.", offers: "See failed deliveries" },
  { path: "?tab=keys", says: "This app has no key.", offers: "Make a key" },
  { path: "?tab=lines", says: "This app has no registered line.", offers: "Register a line" },
];
const OF_ENDPOINT: readonly Empty[] = [
  { path: "?tab=attempts", says: "No attempt yet.", offers: "Send test" },
  { path: "?tab=failed", says: "No failed attempt.", offers: null },
];
const FILTERED: readonly Empty[] = [
  { path: "/apps?q=zzz", says: "No app has a name or uid that begins so.", offers: "Show all" },
  { path: "/endpoints?q=zzz", says: "No endpoint matches these filters.", offers: "Show all" },
  {
    path: "/failed?range=1h",
    says: "No failed delivery matches these filters.",
    offers: "Show all",
  },
  { path: "/audit?verb=zzz", says: "No change matches these filters.", offers: "Show all" },
];
const OF_PORTAL: readonly Empty[] = [
  { path: "/texts", says: "No texts yet.", offers: "Send a test from an endpoint" },
  { path: "/events", says: "No events yet.", offers: "Send a test from an endpoint" },
  { path: "/failed", says: "No delivery has failed for good.", offers: null },
  { path: "/tasks", says: "No task has run yet.", offers: "See failed deliveries" },
  { path: "/events?tag=zzz", says: "No event matches these filters.", offers: "Show all" },
];

visitTest(
  "an empty list of the dashboard says that it is empty and the one thing to do",
  async ({ page, server }) => {
    const at = `${server.url}/dashboard`;
    await openDashboard(page, `${at}/system`);
    await assertEmpty(page, at, OF_SERVER);
    await assertGoodLooks(page);
    const { body: app } = await call(server.url, "POST", "/app", { name: "Acme", uid: "acme" });
    const ofApp = `${at}/app/${String(app["id"])}`;
    await assertEmpty(page, ofApp, OF_APP);
    await assertGoodLooks(page);
    const { body: endpoint } = await call(server.url, "POST", "/app/acme/endpoint", {
      url: "https://example.com/hooks",
    });
    await assertEmpty(page, `${ofApp}/endpoints/${String(endpoint["id"])}`, OF_ENDPOINT);
    await assertEmpty(page, at, FILTERED);
  },
  { command: "serve" },
);

visitTest(
  "an empty list of the portal says that it is empty and the one thing to do",
  async ({ page, server }) => {
    await call(server.url, "POST", "/app", { name: "Acme", uid: "acme" });
    const { body } = await call(server.url, "POST", "/auth/app-portal-access/acme", {});
    await page.goto(String(body["url"]));
    await page.getByRole("heading", { name: "Receive your first event" }).waitFor();
    await assertEmpty(page, `${server.url}/portal`, OF_PORTAL);
    await assertGoodLooks(page);
  },
  { command: "serve" },
);

async function assertEmpty(page: Page, at: string, pages: readonly Empty[]): Promise<void> {
  for (const { path, says, offers } of pages) {
    await page.goto(`${at}${path}`);
    const title = page.getByText(says, { exact: true });
    await title.waitFor();
    await settle({ page });
    const state = page.locator("[data-state=empty]");
    const [first = "", hint = ""] = (await state.innerText()).split(/\n+/);
    assert.equal(first, says, path);
    assert.match(hint, /^[A-Z].+\.$/, `${path} has a sentence below "${says}"`);
    const actions = await state.getByRole("button").or(state.getByRole("link")).allInnerTexts();
    assert.deepEqual(actions, offers === null ? [] : [offers], path);
  }
}
