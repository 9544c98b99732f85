/** The tenant's face, at /portal. */
import "./nonce.ts";
import "styles:portal";
import { createQueryClient } from "./api/query-client.ts";
import { mountFace } from "./mount.tsx";
import { reportHeight } from "./portal/host-page.ts";
import { portalLook } from "./portal/chosen-look.ts";
import { showLook } from "./portal/show-look.ts";
import { openPortalSession } from "./portal/portal-session.ts";
import { PORTAL_PAGES } from "./portal/pages.ts";
import { PortalShell } from "./portal/portal-shell.tsx";
import { createFaceRouter } from "./router.tsx";

reportHeight();
showLook(portalLook);
await openPortalSession();
mountFace(
  createFaceRouter({ basepath: "/portal", shell: PortalShell, pages: PORTAL_PAGES }),
  createQueryClient(),
);
