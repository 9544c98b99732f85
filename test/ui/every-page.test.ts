/** Every route of both faces and each of its tabs: no serious finding of axe-core in either theme. */
import { pageTest } from "./harness/page-test.ts";
import type { PageTest } from "./harness/page-test.ts";
import { enter, findParams, listPages, settle, visit } from "./harness/listed-pages.ts";
import type { Face } from "./harness/listed-pages.ts";
import { assertAccessible, assertNoSidewaysScroll } from "./harness/watched-page.ts";

const FACES: readonly Face[] = ["dashboard", "portal"];
const LOOKS = [
  { theme: "light", width: 1440 },
  { theme: "dark", width: 1440 },
  { theme: "light", width: 360 },
] as const;

for (const face of FACES) {
  for (const { theme, width } of LOOKS) {
    pageTest(
      `every route of the ${face} is accessible and fits ${width} px, ${theme}`,
      async (opened) => {
        const { page } = opened;
        await enter(opened, face);
        for (const path of await listPages(face, await findParams(opened))) {
          await visit(opened, face, path);
          await check(opened);
          for (const tab of await page.getByRole("tab").all()) {
            await tab.click();
            await settle(opened);
            await check(opened);
          }
        }
      },
      { width, theme },
    );
  }
}

async function check({ page }: PageTest): Promise<void> {
  await assertAccessible(page);
  await assertNoSidewaysScroll(page);
}
