/** The operator's face, at /dashboard. */
import "./nonce.ts";
import "styles:dashboard";
import { createQueryClient } from "./api/query-client.ts";
import { mountFace } from "./mount.tsx";
import { OperatorShell } from "./operator/operator-shell.tsx";
import { OPERATOR_PAGES } from "./operator/pages.ts";
import { createFaceRouter } from "./router.tsx";

mountFace(
  createFaceRouter({ basepath: "/dashboard", shell: OperatorShell, pages: OPERATOR_PAGES }),
  createQueryClient(),
);
