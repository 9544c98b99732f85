/** The pages of the portal. Each is a separate chunk. */
import type { PageRoute } from "../router.tsx";

export const PORTAL_PAGES: readonly PageRoute[] = [];
