/** The real `<AppPortal>` of `svix-react` shows the portal on a page of another site. */
import assert from "node:assert/strict";
import { after, before } from "node:test";
import type { Frame, Page } from "playwright-core";
import { Svix } from "svix";
import { TOKEN } from "../harness/server.ts";
import { startHostSite } from "./harness/host-site.ts";
import type { HostSite } from "./harness/host-site.ts";
import { WIDTHS } from "./harness/looks.ts";
import { pageTest } from "./harness/page-test.ts";
import type { PageTest } from "./harness/page-test.ts";
import { assertNoSidewaysScroll } from "./harness/watched-page.ts";
import { waitUntil } from "./harness/wait-until.ts";

const origins: string[] = [];
let host: HostSite;
before(async () => {
  host = await startHostSite();
  origins.push(host.url);
});
after(() => host[Symbol.asyncDispose]());

const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 1 1'%3E%3C/svg%3E";
const NAVIGATION = ["navigation", { name: "Pages" }] as const;

/** Shows the portal with these properties, and returns its frame once its pages are there. */
async function embed(opened: PageTest, look: object = {}, rights: object = {}): Promise<Frame> {
  const { page, server } = opened;
  const svix = new Svix(TOKEN, { serverUrl: server.url });
  const { url } = await svix.authentication.appPortalAccess(server.app.uid, rights);
  await host.open(opened, "portal", { url, ...look });
  const element = await page.locator("iframe").elementHandle();
  const frame = await element?.contentFrame();
  assert.ok(frame, "the component makes a frame");
  await frame.getByRole(...NAVIGATION).waitFor();
  return frame;
}

async function waitForMessage(page: Page, condition: string): Promise<void> {
  await waitUntil(page, `window.messages.some(({ type, payload }) => ${condition})`);
}

pageTest(
  "<AppPortal> shows the portal without cookies and storage",
  async (opened) => {
    const { context, server } = opened;
    const frame = await embed(opened);
    await frame.getByRole("main").getByText("/crm").first().waitFor();
    await frame.getByRole("link", { name: "Events" }).click();
    await frame.getByRole("main").getByText("message.sent").first().waitFor();
    assert.deepEqual(await context.cookies(), []);
    const address = new URL(frame.url());
    assert.equal(address.origin, server.url);
    assert.equal(address.hash, "", "the key has left the address");
  },
  { origins },
);

pageTest(
  "<AppPortal> shows the portal where the browser refuses storage",
  async (opened) => {
    // Browsers with blocked third-party storage throw at the first use of these properties.
    await opened.context.addInitScript(() => {
      for (const name of ["sessionStorage", "localStorage"]) {
        Object.defineProperty(globalThis, name, {
          get() {
            throw new DOMException("refused", "SecurityError");
          },
        });
      }
    });
    const frame = await embed(opened, { darkMode: true });
    await frame.getByRole("link", { name: "Catalog" }).click();
    await frame.getByRole("link", { name: "message.received" }).click();
    await frame.getByRole("region", { name: "Example" }).waitFor();
    assert.equal(await frame.locator("html").getAttribute("data-theme"), "dark");
  },
  { origins },
);

for (const width of WIDTHS) {
  pageTest(
    `with fullSize the frame has the height of its content, at ${width} px`,
    async (opened) => {
      const { page } = opened;
      const frame = await embed(opened, { fullSize: true });
      await waitForMessage(page, `type === "svix.iframe-resizer-height" && payload.height > 40`);
      await frame.getByRole("main").getByText("/crm").first().waitFor();
      await assertFits(page, frame);
      // A long payload: the frame grows with it.
      await openPage(frame, "Catalog");
      await frame.getByRole("link", { name: "message.received" }).click();
      await frame.getByRole("region", { name: "Example" }).waitFor();
      await assertFits(page, frame);
      await assertNoSidewaysScroll(page);
    },
    { origins, width },
  );
}

/** On a small screen, the last pages are in a menu. */
async function openPage(frame: Frame, name: string): Promise<void> {
  const link = frame.getByRole(...NAVIGATION).getByRole("link", { name });
  if (await link.isVisible()) return await link.click();
  await frame.getByRole("button", { name: "More" }).click();
  await frame.getByRole("menuitem", { name }).click();
}

/** Waits until the content needs no scrolling within the frame, and the frame has no empty space below it. */
async function assertFits(page: Page, frame: Frame): Promise<void> {
  const root = `document.querySelector("#root").getBoundingClientRect().height`;
  await waitUntil(
    frame,
    `Math.abs(Math.ceil(${root}) - innerHeight) <= 1 && document.documentElement.scrollHeight <= innerHeight`,
  );
  const box = await page.locator("iframe").boundingBox();
  assert.ok(box !== null && box.height > 100);
}

pageTest(
  "darkMode, primaryColor, icon and fontFamily are the look of the portal",
  async (opened) => {
    const frame = await embed(opened, {
      darkMode: true,
      primaryColor: "#0a6a4a",
      icon: ICON,
      fontFamily: "Georgia",
    });
    assert.equal(await frame.locator("html").getAttribute("data-theme"), "dark");
    assert.equal(await frame.locator("img").first().getAttribute("src"), ICON);
    const style = (name: string): Promise<unknown> =>
      frame.evaluate(`getComputedStyle(document.body)[${JSON.stringify(name)}]`);
    assert.match(String(await style("fontFamily")), /^"?Georgia/);
    const accent = await frame.evaluate(
      `document.documentElement.style.getPropertyValue("--accent")`,
    );
    assert.match(String(accent), /^light-dark\(#0a6a4a, #/);
  },
  { origins },
);

pageTest(
  "darkMode of `auto` follows the system",
  async (opened) => {
    const frame = await embed(opened, { darkMode: "auto" });
    assert.equal(await frame.locator("html").getAttribute("data-theme"), null);
    assert.equal(await frame.evaluate("matchMedia('(prefers-color-scheme: dark)').matches"), true);
  },
  { origins, theme: "dark" },
);

pageTest(
  "a frame that is loaded again within the time of its link keeps working",
  async (opened) => {
    const { page } = opened;
    await embed(opened);
    await page.reload();
    await page
      .frameLocator("iframe")
      .getByRole(...NAVIGATION)
      .waitFor();
  },
  { origins },
);

pageTest(
  "ended access says so in the frame and to the page around it",
  async (opened) => {
    const { page, server, expectProblems } = opened;
    const frame = await embed(opened, {}, { sessionId: "user-17" });
    expectProblems(/401/);
    const svix = new Svix(TOKEN, { serverUrl: server.url });
    await svix.authentication.expireAll(server.app.uid, { sessionIds: ["user-17"] });
    // Any read finds the end of the access. One may have done so already.
    await frame.evaluate(`document.querySelector('a[href$="/events"]')?.click()`);
    await frame.getByText("This session has ended.").waitFor();
    await waitForMessage(page, `type === "hookline.session-expired"`);
  },
  { origins },
);
