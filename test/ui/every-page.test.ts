/** Every route of both faces and each of its tabs: no serious finding of axe-core in either theme, at any width. */
import { pageTest } from "./harness/page-test.ts";
import type { PageTest } from "./harness/page-test.ts";
import { enter, findParams, listPages, settle, visit } from "./harness/listed-pages.ts";
import type { Face } from "./harness/listed-pages.ts";
import { assertGoodLooks } from "./harness/looks.ts";
import type { Look } from "./harness/looks.ts";

/** The colours do not depend on the width, so the dark ones are looked at once. */
const LOOKS: readonly Look[] = [
  { theme: "light", width: 360 },
  { theme: "light", width: 768 },
  { theme: "dark", width: 1440 },
  { theme: "light", width: 1440 },
];
/** A part ends well before the limit of time of a test. */
const PARTS: readonly { readonly face: Face; readonly part: number; readonly of: number }[] = [
  { face: "dashboard", part: 1, of: 3 },
  { face: "dashboard", part: 2, of: 3 },
  { face: "dashboard", part: 3, of: 3 },
  { face: "portal", part: 1, of: 2 },
  { face: "portal", part: 2, of: 2 },
];

for (const { face, part, of } of PARTS) {
  pageTest(
    `every route of the ${face} is accessible and fits every width, part ${part} of ${of}`,
    async (opened) => {
      await enter(opened, face);
      const paths = await listPages(face, await findParams(opened));
      for (const path of paths.filter((_, index) => index % of === part - 1)) {
        await visit(opened, face, path);
        await check(opened);
      }
    },
  );
}

/** The page, and then each of its other tabs. */
async function check(opened: PageTest): Promise<void> {
  const { page } = opened;
  await assertGoodLooks(page, LOOKS);
  for (const tab of (await page.getByRole("tab").all()).slice(1)) {
    await tab.click();
    await settle(opened);
    await assertGoodLooks(page, LOOKS);
  }
}
