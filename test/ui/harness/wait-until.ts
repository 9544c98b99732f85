/**
 * Waits until an expression is true in a page or a frame. Playwright's own wait evaluates a text in the page, which
 * the Content-Security-Policy of our pages refuses from the second look on.
 */
import type { Frame, Page } from "playwright-core";

const DEADLINE_MS = 10_000;
const LOOK_EVERY_MS = 25;

export async function waitUntil(page: Page | Frame, expression: string): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!(await page.evaluate<boolean>(`Promise.resolve(${expression}).then(Boolean)`))) {
    if (performance.now() > deadline) {
      throw new Error(`${page.url()}: not true after ${DEADLINE_MS} ms: ${expression}`);
    }
    await page.waitForTimeout(LOOK_EVERY_MS);
  }
}
