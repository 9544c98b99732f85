/** A link that opens the portal of an app, by default of the seeded one. */
import type { PageTest } from "./page-test.ts";

export async function makePortalLink(
  { server }: Pick<PageTest, "server">,
  given: { readonly look?: string; readonly rights?: object; readonly app?: string } = {},
): Promise<string> {
  const { url } = await server.api.post(
    `/auth/app-portal-access/${given.app ?? server.app.uid}`,
    given.rights ?? {},
  );
  return String(url).replace("/login#", `/login${given.look ?? ""}#`);
}
