/** Debian's Chromium, driven by playwright-core, which brings no browser itself. */
import { existsSync } from "node:fs";
import process from "node:process";
import { chromium } from "playwright-core";
import type { Browser } from "playwright-core";

const EXECUTABLE = "/usr/bin/chromium";
/** Without the requests that a browser makes for itself, and without a sandbox, which root may not have. */
const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const isRequired = process.env["HOOKLINE_REQUIRE_CHROMIUM"] === "1";

/** The reason to skip tests of pages, or false. With HOOKLINE_REQUIRE_CHROMIUM=1 they fail instead. */
export const chromiumSkip: string | false =
  existsSync(EXECUTABLE) || isRequired ? false : `${EXECUTABLE} is not installed`;

export async function launchChromium(): Promise<Browser> {
  return await chromium.launch({ executablePath: EXECUTABLE, headless: true, args: ARGUMENTS });
}
