/**
 * Lets the reads of a page fail: by an answer with the status 500, or without an answer. The read of the session
 * and the live stream work. The clock of the page is moved, since a page waits before it tries a read again.
 */
import assert from "node:assert/strict";
import type { Locator, Page } from "playwright-core";

const REQUEST_ID = "req_failed_on_purpose";
const DETAIL = "The database did not answer in time.";
/** The answer of a failed call, in the form of the API. */
export const FAILURE = {
  status: 500,
  headers: { "x-request-id": REQUEST_ID },
  json: { code: "server_error", detail: DETAIL },
};

export type Broken = "fails" | "unanswered";
export type BrokenReads = {
  /** Breaks the reads that have such a path, by default all; null lets them pass. */
  readonly breakReads: (form: Broken | null, isMeant?: (path: string) => boolean) => void;
  /** The paths of reads that were broken since the last call. */
  readonly takeBroken: () => ReadonlySet<string>;
};

const API = "/api/v1";
const WORKING = /^\/(?:session|stream|app\/[^/]+\/stream)$/;
const STEP_MS = 2_500;
const DEADLINE_MS = 20_000;

export async function openBrokenReads(page: Page): Promise<BrokenReads> {
  await page.clock.install();
  let broken: Broken | null = null;
  let meant: (path: string) => boolean = () => true;
  let failed = new Set<string>();
  await page.route(`**${API}/**`, async (route) => {
    const path = new URL(route.request().url()).pathname.slice(API.length);
    if (WORKING.test(path) || route.request().method() !== "GET") return await route.fallback();
    if (broken === null || !meant(path)) return await route.fallback();
    failed.add(path);
    if (broken === "unanswered") return await route.abort("connectionrefused");
    return await route.fulfill(FAILURE);
  });
  return {
    breakReads: (form, isMeant = () => true) => {
      broken = form;
      meant = isMeant;
    },
    takeBroken: () => {
      const taken = failed;
      failed = new Set();
      return taken;
    },
  };
}

/** Moves the clock of the page until the condition holds. */
export async function passTime(
  page: Page,
  name: string,
  isTrue: () => Promise<boolean>,
): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!(await isTrue())) {
    if (performance.now() > deadline) assert.fail(`${page.url()}: not true: ${name}`);
    await page.clock.runFor(STEP_MS);
  }
}

/** Whether the part of the page shows a failure and loads nothing. */
export async function hasFailure(within: Locator): Promise<boolean> {
  const isBusy = (await within.getByRole("status", { name: "Loading" }).count()) > 0;
  return !isBusy && (await within.getByRole("alert").filter({ hasText: REQUEST_ID }).count()) > 0;
}

/** The failed reads in a part of the page: each has its sentence, the request id and a way to try again. */
export async function assertFailureShown(within: Locator): Promise<void> {
  const alerts = within.getByRole("alert");
  const shown = await alerts.filter({ hasText: REQUEST_ID }).all();
  assert.ok(shown.length > 0, "a failure is shown");
  for (const alert of shown) {
    assert.match(await alert.innerText(), new RegExp(DETAIL));
    assert.equal(await alert.getByRole("button", { name: "Retry" }).count(), 1);
  }
  await assertNothingClaimed(within);
}

/** A failed read is never shown as an empty list. */
export async function assertNothingClaimed(within: Locator): Promise<void> {
  const claims = await within.locator("[data-state=empty]").allInnerTexts();
  assert.deepEqual(claims, [], "no part of the page says that there is nothing");
}
