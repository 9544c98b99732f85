import type { Page } from "playwright-core";
import { TOKEN } from "../../harness/server.ts";

/** Opens a page of the dashboard, and signs in where it asks for that; by default as an admin. */
export async function openDashboard(page: Page, url: string, credential = TOKEN): Promise<void> {
  await page.goto(url);
  const token = page.getByLabel("Token", { exact: true });
  const navigation = page.getByRole("navigation", { name: "Pages" });
  await token.or(navigation).first().waitFor();
  if (await token.isVisible()) {
    await token.fill(credential);
    await page.getByRole("button", { name: "Sign in" }).click();
  }
  await navigation.waitFor();
}
