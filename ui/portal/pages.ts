/** The pages of the portal. Each is a separate chunk. */
import type { PageRoute } from "../router.tsx";

export const PORTAL_PAGES: readonly PageRoute[] = [
  { path: "/texts", load: async () => (await import("../pages/texts-page.tsx")).TextsPage },
  { path: "/texts/$text", load: async () => (await import("../pages/text-page.tsx")).TextPage },
];
