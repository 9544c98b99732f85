/**
 * Text of strangers in every field that a page shows. On every page of both faces it stays text: nothing runs,
 * no link leads to a script, nothing of the page is reversed or hidden, and no page scrolls sideways.
 */
import assert from "node:assert/strict";
import { after } from "node:test";
import { seedHostile } from "./harness/hostile-world.ts";
import type { HostileWorld } from "./harness/hostile-world.ts";
import { MARKUP, REVERSED, SHORT } from "./harness/hostile-values.ts";
import { enter, listPages, settle, visit } from "./harness/listed-pages.ts";
import type { Face } from "./harness/listed-pages.ts";
import { showLook } from "./harness/looks.ts";
import { pageTest } from "./harness/page-test.ts";
import type { PageTest } from "./harness/page-test.ts";

let seeding: Promise<HostileWorld> | null = null;
after(async () => await (await seeding)?.[Symbol.asyncDispose]());
const worldOf = ({ server }: PageTest): Promise<HostileWorld> => (seeding ??= seedHostile(server));

const FACES: readonly Face[] = ["dashboard", "portal"];
/** Fields whose form the API checks, so that no page can show such a value in them. */
const REFUSED: readonly string[] = [
  "app.uid",
  "eventType.name",
  "eventType.groupName",
  "eventType.featureFlags",
  "endpoint.uid",
  "endpoint.url of a script",
  "endpoint.channels",
  "endpoint.eventTypes",
  "endpoint.header name",
  "endpoint.header value",
  "message.eventType",
  "message.eventId",
  "message.channels",
  "text.channel",
  "text.to as a number",
  "text.media of a script",
  "text.status",
  "a field of a publish",
];

/** The traces of a script, an element or a link that hostile text has made. */
const FOUND = `(() => {
  const found = [];
  if (globalThis.hostileRan !== undefined) found.push("a script ran");
  for (const one of document.querySelectorAll("a[href]:not([download]), form[action], area[href]")) {
    const { protocol } = new URL(one.href ?? one.action, location.href);
    if (!/^https?:$/.test(protocol)) found.push("a link to " + protocol);
  }
  const made = document.querySelectorAll('img[onerror], img[src="x"], [src*="evil"], script:not([src]), iframe');
  for (const one of made) found.push("an element: " + one.outerHTML.slice(0, 200));
  return found;
})()`;
/**
 * The page's own letters run from left to right: two neighbours in one line are in their order. Letters of hostile
 * values precede its controls, so they count as well.
 */
const TURNED = `(() => {
  const turned = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  const at = (node, index) => {
    range.setStart(node, index);
    range.setEnd(node, index + 1);
    return range.getClientRects()[0] ?? { width: 0 };
  };
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const pairs = [...node.data.slice(0, 50_000).matchAll(/[A-Za-z]{2}/g)];
    for (const { index } of pairs.length > 400 ? pairs.slice(0, 200).concat(pairs.slice(-200)) : pairs) {
      const [one, next] = [at(node, index), at(node, index + 1)];
      if (one.width === 0 || next.width === 0 || one.top !== next.top || one.left < next.left) continue;
      turned.push(node.parentElement.outerHTML.slice(0, 160) + " … " + node.data.slice(index, index + 40));
      break;
    }
  }
  return turned;
})()`;

/** No text of the page stands between the parts of a hostile one. */
const MINGLED = `(() => {
  const mingled = [];
  const nodesOf = (root) => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const nodes = [];
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) nodes.push(node);
    return nodes;
  };
  const rectsOf = (node) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    return [...range.getClientRects()].filter(({ width }) => width > 1);
  };
  for (const node of nodesOf(document.body)) {
    if (!/[αβγδεζηθικ]/.test(node.data)) continue;
    const block = node.parentElement.closest("td, th, dd, dt, li, p, h1, h2, h3, pre, button");
    if (block === null) continue;
    const own = rectsOf(node);
    const others = nodesOf(block).filter((one) => one !== node);
    for (const other of others) {
      for (const rect of rectsOf(other)) {
        const line = own.filter(({ top, bottom }) => top < rect.bottom - 3 && bottom > rect.top + 3);
        const isLeft = line.some(({ right }) => right <= rect.left + 1);
        const isRight = line.some(({ left }) => left >= rect.right - 1);
        if (isLeft && isRight) mingled.push("among " + node.data.slice(0, 60) + ": " + other.data.slice(0, 40));
      }
    }
  }
  return [...new Set(mingled)];
})()`;
/** Parts that are wider than the window, for the report of a page that scrolls. */
const WIDE = `document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll("body *")]
  .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
  .slice(0, 8).map((one) => "wide: " + one.cloneNode().outerHTML.slice(0, 120))`;

async function check({ page, report }: PageTest): Promise<void> {
  const { pathname, search } = new URL(page.url());
  for (const script of [FOUND, TURNED, MINGLED, WIDE]) {
    const faults = await page.evaluate<readonly string[]>(script);
    for (const fault of faults) report(`${pathname}${search}`.slice(0, 120) + `: ${fault}`);
  }
}

/** At the width of a phone and of a screen; the page is loaded once. */
async function checkWidths(opened: PageTest): Promise<void> {
  for (const width of [360, 1440] as const) {
    await showLook(opened.page, { theme: "light", width });
    await check(opened);
  }
}

/** Each tab of a page, the details of its first row, and the menus that have names of strangers. */
async function checkPage(opened: PageTest, face: Face, path: string): Promise<void> {
  const { page } = opened;
  await visit(opened, face, path);
  await checkWidths(opened);
  for (const tab of await page.getByRole("tab").all()) {
    await tab.click();
    await settle(opened);
    await checkWidths(opened);
    const row = page.getByRole("tabpanel").locator("[data-row-link]").first();
    if (!(await row.isVisible())) continue;
    const before = page.url();
    await row.click();
    await settle(opened);
    await checkWidths(opened);
    if (new URL(page.url()).pathname !== new URL(before).pathname) await page.goBack();
    else await page.keyboard.press("Escape");
  }
}

for (const face of FACES) {
  pageTest(`hostile text stays text on every page of the ${face}`, async (opened) => {
    const { page } = opened;
    page.on("dialog", (dialog) => {
      opened.report(`a dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    const { params } = await worldOf(opened);
    await enter(opened, face, params.app);
    for (const path of await listPages(face, params)) await checkPage(opened, face, path);
  });
}

pageTest("the API refuses hostile values in fields that have a form", async (opened) => {
  assert.deepEqual((await worldOf(opened)).refused, REFUSED);
});

pageTest("hostile text in the address stays text", async (opened) => {
  const { expectProblems } = opened;
  expectProblems(/40[04]|422/);
  const { params } = await worldOf(opened);
  await enter(opened, "dashboard");
  const values = [MARKUP, SHORT].map((value) => encodeURIComponent(value));
  for (const value of values) {
    const paths = [
      `/search?q=${value}`,
      `/app/${params.app}/texts?number=${value}&status=${value}`,
      `/app/${params.app}/events?contains=${value}&tag=${value}&field=${value}`,
      `/app/${params.app}/texts/${value}?cell=${value}&attempt=${value}`,
      `/app/${params.app}/endpoints/${value}`,
      `/app/${params.app}/endpoints/${params.endpoint}?tab=${value}&attempt=${value}`,
      `/app/${value}/texts`,
      `/event-types/${value}`,
      `/audit?app_id=${value}`,
    ];
    for (const path of paths) {
      await visit(opened, "dashboard", path);
      await check(opened);
    }
  }
});

pageTest("hostile names in the chooser, the palette and the hits stay text", async (opened) => {
  const { page } = opened;
  const { params } = await worldOf(opened);
  await enter(opened, "dashboard");
  await visit(opened, "dashboard", `/app/${params.app}/texts`);
  await page.getByRole("button", { name: /^App: / }).click();
  await page.getByRole("option").first().waitFor();
  await check(opened);
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+k");
  await page.getByPlaceholder("Number, id, words, endpoint…").fill('"hostileRan"');
  await page.getByRole("option").first().waitFor();
  await check(opened);
  await page.getByPlaceholder("Number, id, words, endpoint…").fill(`"${REVERSED}"`);
  await page.getByRole("option").first().waitFor();
  await check(opened);
});
