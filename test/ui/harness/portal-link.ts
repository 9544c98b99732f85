/** A link that opens the portal of the seeded app. */
import type { PageTest } from "./page-test.ts";

export async function makePortalLink(
  { server }: PageTest,
  given: { readonly look?: string; readonly rights?: object } = {},
): Promise<string> {
  const { url } = await server.api.post(
    `/auth/app-portal-access/${server.app.uid}`,
    given.rights ?? {},
  );
  return String(url).replace("/login#", `/login${given.look ?? ""}#`);
}
