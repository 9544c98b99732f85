/** Every page of a face, from its table of routes, so that a new page is in the tests that visit all of them. */
import assert from "node:assert/strict";
import type { PageTest } from "./page-test.ts";
import { openDashboard } from "./open-dashboard.ts";
import { makePortalLink } from "./portal-link.ts";
import { waitUntil } from "./wait-until.ts";

export type Face = "dashboard" | "portal";
export type PageParams = {
  readonly app: string;
  readonly endpoint: string;
  readonly event: string;
  readonly text: string;
  readonly type: string;
};

const TABLES: Readonly<Record<Face, { readonly file: string; readonly name: string }>> = {
  dashboard: { file: "operator", name: "OPERATOR_PAGES" },
  portal: { file: "portal", name: "PORTAL_PAGES" },
};
const FEWEST = 10;

/** The addresses below the face, such as `/app/app_1/texts`. Fails at a parameter that is not given. */
export async function listPages(face: Face, params: PageParams): Promise<readonly string[]> {
  const { file, name } = TABLES[face];
  const table = (await import(new URL(`../../../ui/${file}/pages.ts`, import.meta.url).href)) as {
    readonly [name: string]: readonly { readonly path: string }[] | undefined;
  };
  const routes = table[name] ?? [];
  assert.ok(routes.length > FEWEST, `${name} has ${routes.length} routes`);
  const given = new Map(Object.entries(params));
  return routes.map(({ path }) =>
    path.replaceAll(/\$(\w+)/g, (_, param: string) => {
      const value = given.get(param);
      assert.ok(value !== undefined, `${path} has a parameter without a value`);
      return encodeURIComponent(value);
    }),
  );
}

type Opened = Pick<PageTest, "page" | "server">;

/** Parameters for the pages of the seeded server. */
export async function findParams({ server }: Pick<Opened, "server">): Promise<PageParams> {
  const { app } = server;
  const { data } = (await server.api.get(`/app/${app.id}/msg?limit=1`)) as {
    readonly data: readonly { readonly id: string }[];
  };
  const event = data[0]?.id ?? "";
  return { app: app.id, endpoint: app.failing, event, text: "m-2", type: "message.received" };
}

/** Signs in to the dashboard, or opens the portal of the app by a new link. */
export async function enter(opened: Opened, face: Face, app?: string): Promise<void> {
  if (face === "dashboard") {
    return await openDashboard(opened.page, `${opened.server.url}/dashboard/system`);
  }
  await opened.page.goto(await makePortalLink(opened, app === undefined ? {} : { app }));
  await opened.page.getByRole("navigation", { name: "Pages" }).waitFor();
}

/** Opens a page of the face in which the test has a session, and waits until its reads have ended. */
export async function visit({ page, server }: Opened, face: Face, path: string): Promise<void> {
  await page.goto(`${server.url}/${face}${path}`);
  await page.getByRole("navigation", { name: "Pages" }).waitFor();
  await settle({ page });
}

/** A page is at rest when it has content and no part of it is being loaded. */
export async function settle({ page }: Pick<PageTest, "page">): Promise<void> {
  await waitUntil(
    page,
    `document.querySelector("main")?.textContent.trim() !== "" && !document.querySelector('[role="status"][aria-label="Loading"]')`,
  );
}
