/** The app that a page is about, and the links to its pages in this face. */
import { useParams } from "@tanstack/react-router";
import { useMemo } from "react";
import { useFace } from "./face.tsx";
import { pathsOf } from "./paths.ts";
import type { AppPaths } from "./paths.ts";

/** The app of this page: that of the path in the dashboard, that of the token in the portal. */
export function useAppId(): string {
  const app = useMaybeAppId();
  if (app === null) throw new Error("this page is not one of an app");
  return app;
}

/** Null on pages of the dashboard that are about all apps. */
export function useMaybeAppId(): string | null {
  const { session } = useFace();
  const { app }: { readonly app?: string } = useParams({ strict: false });
  return session.app?.id ?? app ?? null;
}

export function useAppPaths(): AppPaths {
  const { kind } = useFace();
  const app = useMaybeAppId();
  return useMemo(() => pathsOf(kind === "tenant" ? null : app), [kind, app]);
}
