/** Every route of both faces and each of its tabs: no serious finding of axe-core in either theme. */
import { pageTest } from "./harness/page-test.ts";
import type { PageTest } from "./harness/page-test.ts";
import { enter, listPages, settle, visit } from "./harness/listed-pages.ts";
import type { Face, PageParams } from "./harness/listed-pages.ts";
import { assertAccessible, assertNoSidewaysScroll } from "./harness/watched-page.ts";

const FACES: readonly Face[] = ["dashboard", "portal"];
const LOOKS = [
  { theme: "light", width: 1440 },
  { theme: "dark", width: 1440 },
  { theme: "light", width: 360 },
] as const;

async function findParams({ server }: PageTest): Promise<PageParams> {
  const { app } = server;
  const { data } = (await server.api.get(`/app/${app.id}/msg?limit=1`)) as {
    readonly data: readonly { readonly id: string }[];
  };
  const event = data[0]?.id ?? "";
  return { app: app.id, endpoint: app.failing, event, text: "m-2", type: "message.received" };
}

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
