/** The tenant's face, at /portal. */
import "./nonce.ts";
import "styles:portal";
import { createQueryClient } from "./api/query-client.ts";
import { mountFace } from "./mount.tsx";
import { PORTAL_PAGES } from "./portal/pages.ts";
import { PortalShell } from "./portal/portal-shell.tsx";
import { createFaceRouter } from "./router.tsx";

mountFace(
  createFaceRouter({ basepath: "/portal", shell: PortalShell, pages: PORTAL_PAGES }),
  createQueryClient(),
);
