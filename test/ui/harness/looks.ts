/**
 * One page in every look: both themes, and the widths of a phone, a tablet and a screen. The page is loaded once and
 * then resized, since loading it for each look took two thirds of the time of these tests (2026-12-01).
 */
import type { Page } from "playwright-core";
import { assertAccessible, assertNoSidewaysScroll } from "./watched-page.ts";

export const WIDTHS = [360, 768, 1440] as const;
export const THEMES = ["light", "dark"] as const;

export type Look = {
  readonly theme: (typeof THEMES)[number];
  readonly width: (typeof WIDTHS)[number];
};

/**
 * The look of a new page of a test is the last one. A tablet has the parts of a phone or of a screen, so their dark
 * colours are judged there.
 */
export const EVERY_LOOK: readonly Look[] = [
  { theme: "dark", width: 360 },
  { theme: "dark", width: 1440 },
  { theme: "light", width: 360 },
  { theme: "light", width: 768 },
  { theme: "light", width: 1440 },
];
const HEIGHT = 900;

/** No serious finding of axe-core and no sideways scroll, in each look. The page is left in the last one. */
export async function assertGoodLooks(page: Page, looks = EVERY_LOOK): Promise<void> {
  for (const look of looks) {
    await showLook(page, look);
    try {
      // The themes differ in their colours alone.
      await assertAccessible(page, { isAboutColours: look.theme === "dark" });
      await assertNoSidewaysScroll(page);
    } catch (error) {
      throw new Error(`${page.url()} at ${look.width} px, ${look.theme}`, { cause: error });
    }
  }
}

/** No sideways scroll at any width. */
export async function assertFits(page: Page): Promise<void> {
  for (const width of WIDTHS) {
    await showLook(page, { theme: "light", width });
    await assertNoSidewaysScroll(page);
  }
}

export async function showLook(page: Page, { theme, width }: Look): Promise<void> {
  await page.setViewportSize({ width, height: HEIGHT });
  // A colour in the middle of its transition has no contrast to judge.
  await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
  await page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))");
}
