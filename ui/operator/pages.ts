/** The pages of the dashboard, in the order of the navigation. Each is a separate chunk. */
import type { PageRoute } from "../router.tsx";

export const OPERATOR_PAGES: readonly PageRoute[] = [
  { path: "/system", load: async () => (await import("./system-page.tsx")).SystemPage },
];
