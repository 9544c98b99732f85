/**
 * A page whose every fault fails its test: a request to another origin, a report of the Content-Security-Policy, an
 * error of a script or of the console. The only exception is the read of a session that does not exist yet.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** Descriptions of elements that pass were half of the time of a run (2026-12-01). */
const AXE_OPTIONS = { resultTypes: ["violations"], preload: false, selectors: false } as const;
const COLOURS = { type: "rule", values: ["color-contrast", "link-in-text-block"] } as const;
/** Chromium prints each refused request to the console. */
const SIGNED_OUT = /\/api\/v1\/session$/;
const SERIOUS: readonly (string | null | undefined)[] = ["serious", "critical"];

type Findings = {
  readonly violations: readonly {
    readonly id: string;
    readonly impact?: string | null;
    readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
  }[];
};

export type WatchedPage = {
  readonly problems: readonly string[];
  /** Expects console errors that the test itself causes, such as a server that is stopped. */
  readonly expectProblems: (form: RegExp) => void;
  readonly report: (problem: string) => void;
};

export function watchPage(page: Page, origins: readonly string[]): WatchedPage {
  const problems: string[] = [];
  const expected: RegExp[] = [];
  const report = (problem: string): void => {
    if (!expected.some((form) => form.test(problem))) problems.push(problem);
  };
  page.on("request", (request) => {
    const { origin, protocol } = new URL(request.url());
    if (protocol === "data:" || protocol === "blob:") return;
    if (!origins.includes(origin)) report(`a request to ${origin}`);
  });
  page.on("pageerror", (error) => report(`an error of a script: ${error.stack ?? error.message}`));
  page.on("console", (message) => {
    const isSignedOut = message.text().includes("401") && SIGNED_OUT.test(message.location().url);
    if (message.type() === "error" && !isSignedOut) {
      report(`an error in the console: ${message.text()} ${message.location().url}`);
    }
  });
  return { problems, report, expectProblems: (form) => void expected.push(form) };
}

/** Fails for each serious finding of axe-core on the page as it is now, about everything or about its colours. */
export async function assertAccessible(
  page: Page,
  { isAboutColours = false }: { readonly isAboutColours?: boolean } = {},
): Promise<void> {
  if (!(await page.evaluate<boolean>("'axe' in window"))) await page.evaluate(AXE);
  const options = { ...AXE_OPTIONS, ...(isAboutColours ? { runOnly: COLOURS } : {}) };
  const found = await page.evaluate<Findings>(`axe.run(document, ${JSON.stringify(options)})`);
  const serious = found.violations
    .filter(({ impact }) => SERIOUS.includes(impact))
    .flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary = "" }) => `${id}: ${html}\n${failureSummary}`),
    );
  assert.deepEqual(serious, []);
}

/** A page never scrolls sideways; a table or a payload scrolls within itself. */
export async function assertNoSidewaysScroll(page: Page): Promise<void> {
  const [inner, outer] = await page.evaluate<[number, number]>(
    "[document.documentElement.scrollWidth, window.innerWidth]",
  );
  assert.ok(inner <= outer, `${page.url()} is ${inner} px wide in a window of ${outer} px`);
}
