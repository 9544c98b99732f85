/** The pages of the dashboard, in the order of the navigation. Each is a separate chunk. */
import type { PageRoute } from "../router.tsx";

export const OPERATOR_PAGES: readonly PageRoute[] = [
  {
    path: "/app/$app/texts",
    load: async () => (await import("../pages/texts-page.tsx")).TextsPage,
  },
  {
    path: "/app/$app/texts/$text",
    load: async () => (await import("../pages/text-page.tsx")).TextPage,
  },
  { path: "/system", load: async () => (await import("./system-page.tsx")).SystemPage },
];
